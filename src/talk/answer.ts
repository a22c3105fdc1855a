import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { waitForChange } from "../ground/store/watch.ts";
import { type Ask, answerLine, askLine, howToAnswer, readAnswer } from "./ask.ts";
import { findAsk, moveAsk, openAsks } from "./ask-store.ts";

/**
 * The age in milliseconds below which no person can have read an ask: an answer without a number is
 * for an older ask.
 */
const unreadMs = 2_000;

/**
 * Finds the ask that a person means.
 * @param number the ask's own; without it the ask that waits longest is meant
 * @throws PleachError `answer/none`, `answer/over`, `answer/unread`
 */
export function requireAsk(
  { store, clock }: Pick<Ground, "store" | "clock">,
  track: TrackName,
  number: number | undefined,
): Ask {
  if (number !== undefined) {
    const ask = findAsk(store, number);
    if (ask === undefined || ask.track !== track) {
      throw refusal("none", `${track} has asked nothing under the number ${number}`);
    }
    if (ask.at.state !== "open") throw over(ask);
    return ask;
  }
  const [ask] = openAsks(store).filter((one) => one.track === track);
  if (ask === undefined) throw refusal("none", `${track} waits for no answer`);
  if (clock.now() - ask.askedAt >= unreadMs) return ask;
  throw refusal(
    "unread",
    `${track} has only just asked this: ${askLine(ask)}`,
    `if that is what you mean: ${howToAnswer(ask)}`,
  );
}

/**
 * Answers an ask, once: an answer never reaches another ask.
 * @throws PleachError `answer/over` when it was answered meanwhile; `answer/unclear`
 */
export function answerAsk(
  ground: Pick<Ground, "store" | "clock">,
  ask: Ask,
  said: { readonly by: string; readonly text: string },
): void {
  const answer = readAnswer(ask, said.text);
  const given = { by: said.by, when: ground.clock.now(), answer };
  if (moveAsk(ground, ask.id, ["open"], () => ({ state: "answered", answer: given }))) return;
  throw over(findAsk(ground.store, ask.id) ?? ask);
}

/** Waits until the effect of an answer shows, at most `limitMs`. */
export async function awaitVerdict(
  { store, clock }: Pick<Ground, "store" | "clock">,
  id: number,
  { limitMs, signal }: { readonly limitMs: number; readonly signal: AbortSignal },
): Promise<Ask> {
  const until = clock.monotonic() + limitMs;
  for (;;) {
    const since = store.version();
    const ask = findAsk(store, id);
    if (ask === undefined) throw new Error(`the ask ${id} is gone`);
    const leftMs = until - clock.monotonic();
    const isKnown = ["verified", "moot", "open"].includes(ask.at.state);
    if (isKnown || leftMs <= 0 || signal.aborted) return ask;
    await waitForChange(store, clock, { since, limitMs: leftMs, signal });
  }
}

function over(ask: Ask): PleachError {
  const { at } = ask;
  const said = "answer" in at && at.answer !== null ? at.answer : undefined;
  const how =
    said === undefined
      ? `is over${at.state === "moot" ? `: ${at.why}` : ""}`
      : `was answered already, by ${said.by}: ${answerLine(said.answer)}`;
  return refusal("over", `ask ${ask.id} of ${ask.track} (${askLine(ask)}) ${how}`);
}

function refusal(code: string, message: string, hint = "pleach attention shows who waits") {
  return new PleachError({ code: `answer/${code}`, message, hint, exitCode: ExitCode.failed });
}
