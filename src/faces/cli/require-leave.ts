import type { Command } from "commander";
import { loadConfig } from "../../ground/config/load.ts";
import { type Ground, openGround } from "../../ground/ground.ts";
import { isTrackName, type TrackName } from "../../ground/ids.ts";
import { findSpeaker } from "../../grow/find-speaker.ts";
import { findOwnTrack, findTrackCalled } from "../../run/own-track.ts";
import { askedOf, notThePerson, refusalOf } from "./leave.ts";
import type { Context } from "./verb.ts";

/**
 * Refuses to a worker what only the person may say; asked once, before any verb runs.
 * @throws PleachError `speaker/not-the-person`, `speaker/another-track` (exit 3)
 */
export async function requireLeave(
  { invocation, out }: Pick<Context, "invocation" | "out">,
  verb: string,
  command: Command,
): Promise<void> {
  const asked = askedOf({ verb, options: givenOptions(command) });
  if (asked.kind === "nothing") return;
  const ground = await openGround(invocation, "state");
  try {
    const speaker = await findSpeaker(ground);
    if (speaker.kind === "unknown") {
      out.note(`note: who says this cannot be looked up (${speaker.why}); it is taken for you`);
    }
    if (speaker.kind === "person" || speaker.kind === "unknown") return;
    const isReviewed =
      asked.kind === "person-under-review" && (await loadConfig(ground)).land.review === "human";
    const track = await meantTrack(ground, command);
    const refusal = refusalOf(asked, { speaker, track, isReviewed });
    if (refusal === undefined) return;
    const by = speaker.kind === "worker" ? { track: speaker.track } : {};
    ground.store.transaction(() =>
      ground.store.append({ type: "worker.overreached", said: asked.words, ...by }),
    );
    throw refusal;
  } finally {
    ground.store.close();
  }
}

/**
 * Refuses a question of ours to a worker that has a terminal of its own to answer it in.
 * @throws PleachError `speaker/not-the-person` (exit 3)
 */
export async function requirePerson(ground: Ground, words: string): Promise<void> {
  const speaker = await findSpeaker(ground);
  if (speaker.kind === "worker" || speaker.kind === "line") throw notThePerson(words, speaker);
}

function givenOptions(command: Command): readonly string[] {
  return command.options
    .filter((option) => command.getOptionValueSource(option.attributeName()) === "cli")
    .flatMap(({ long }) => long ?? []);
}

/** The track that a report is about: the one that is called so, else the one it is said in. */
async function meantTrack(ground: Ground, command: Command): Promise<TrackName | undefined> {
  const at = command.registeredArguments.findIndex((argument) => argument.name() === "track");
  const named: unknown = command.opts<{ track?: unknown }>().track ?? command.processedArgs[at];
  if (named === undefined) return findOwnTrack(ground)?.name;
  if (typeof named !== "string") return undefined;
  const called = await findTrackCalled(ground, named);
  return called?.name ?? (isTrackName(named) ? named : undefined);
}
