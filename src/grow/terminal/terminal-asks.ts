import type { Turn } from "../turn.ts";
import type { TerminalSession } from "./terminal-session.ts";

/** In what time after its hook a program has opened the dialog it asks in. */
const dialogMs = 5_000;
const pollMs = 250;
/** An answer of ours closes a dialog, too, and is written down first. */
const settleMs = 1_000;

/** Writes down what a program asks in a dialog, and that it does so no more. */
export function hearAsks(turn: Turn, session: TerminalSession): void {
  session.hooks.on((event) => {
    if (event.kind !== "asked" || event.subAgent !== null) return;
    void followAsk(turn, session, event);
  });
}

async function followAsk(
  { ground, post }: Turn,
  { terminal, voice, pty }: TerminalSession,
  { tool, detail }: { readonly tool: string; readonly detail: string },
): Promise<void> {
  const { clock } = ground;
  let isGone = false;
  void pty.ended.then(() => {
    isGone = true;
  });
  const isBlocked = (): boolean => terminal.board.get("")?.state === "blocked";
  const limit = clock.monotonic() + dialogMs;
  while (!isBlocked() && !isGone && clock.monotonic() < limit) await clock.sleep(pollMs);
  if (!isBlocked()) return;
  const { call } = voice;
  const what = tool === "AskUserQuestion" ? "question" : "permission";
  post.asked({ call, what, tool, detail, options: [] });
  while (isBlocked() && voice.call === call && !isGone) await clock.sleep(pollMs);
  await clock.sleep(settleMs);
  post.withdraw(isGone ? "its agent has ended" : "it was answered in its terminal", call);
}
