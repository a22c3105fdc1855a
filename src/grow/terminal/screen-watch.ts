import { isObserved, type Signal, subAgentOf } from "../../worker/signal.ts";
import { turnStart } from "../../worker/state.ts";
import { findWorker } from "../../worker/worker-store.ts";
import type { Turn } from "../turn/turn.ts";
import { silentWork, waitingScreen } from "./screen/screen.ts";
import type { TerminalSession } from "./terminal-session.ts";

/** Time between two looks at a screen: 1 s. */
const lookMs = 1_000;
/** Time a program may work without a word or a movement until a person is told: 60 s. */
const idleWorkMs = 60_000;

/**
 * Looks at a screen as long as a turn lasts: until the program tells of the turn, for a silent
 * wait; then, for whether the screen moves while the program says that it works.
 */
export async function watchScreen(
  turn: Turn,
  session: TerminalSession,
  over: AbortSignal,
): Promise<void> {
  const { clock } = turn.ground;
  let isTold = false;
  for (look(turn, session, ""); !over.aborted; look(turn, session, session.heard.screen.text)) {
    const waits = unsaid(turn, session);
    if (waits !== undefined) {
      const asked = { says: "blocked", reason: "question", detail: waits } as const;
      session.signals.tell({ source: "screen", subAgent: null, ...asked });
    } else if (isTold) {
      session.signals.tell({ source: "screen", subAgent: null, says: "working", detail: "" });
    }
    isTold = waits !== undefined;
    session.progress.silent(unmoved(turn, session));
    await clock.sleep(lookMs, over);
  }
  session.progress.silent(undefined);
}

function look({ ground }: Turn, { mirror, heard }: TerminalSession, former: string): void {
  const text = mirror.text().join("\n");
  if (text !== former) heard.screen = { text, since: ground.clock.monotonic() };
}

/** Finds the wait that a screen shows, as long as no other source has told of the turn. */
function unsaid({ ground, worker }: Turn, { heard, profile }: TerminalSession): string | undefined {
  const signals = findWorker(ground.store, worker.id)?.signals ?? [];
  const from = turnStart(signals);
  const hasReported = heard.begun || signals.some((one) => one.at >= from && tellsOfTurn(one));
  const { screen } = heard;
  const asks = hasReported ? undefined : profile.readScreen(screen.text);
  const { tells } = profile;
  return waitingScreen({ screen, hasReported, asks, tells }, ground.clock.monotonic());
}

/** Whether a signal tells of the turn; waiting for a prompt tells nothing, as it was given one. */
const tellsOfTurn = (signal: Signal): boolean =>
  isObserved(signal) &&
  signal.source !== "screen" &&
  signal.says !== "idle" &&
  subAgentOf(signal) === null;

/** Says why the program's claim to work is not believed. */
function unmoved(turn: Turn, { heard, profile }: TerminalSession): string | undefined {
  const { ground, worker, stallMs } = turn;
  if (stallMs === null || findWorker(ground.store, worker.id)?.at.state !== "working") {
    return undefined;
  }
  const afterMs = profile.tells ? Math.min(idleWorkMs, stallMs) : stallMs;
  const { screen, reportedAt: stirredAt } = heard;
  return silentWork({ screen, stirredAt, afterMs }, ground.clock.monotonic());
}
