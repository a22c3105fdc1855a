import type { HookEvent, Input } from "../../agents/hooks.ts";
import type { Turn } from "../turn/turn.ts";
import { screenExcerpt } from "./screen/screen.ts";
import type { TerminalSession } from "./terminal-session.ts";

/** Time from its hook in which a program opens the dialog it asks in: 5 s. */
const dialogMs = 5_000;
const pollMs = 250;
/**
 * Time without a dialog from which an ask is over, 1.5 s: of several dialogs, the next opens
 * sooner. An answer of ours is recorded first.
 */
const overMs = 1_500;

type Asked = Pick<Extract<HookEvent, { readonly kind: "asked" }>, "tool" | "input" | "waits">;

/** Records each ask of a program in a dialog, and the ask's end. */
export function hearAsks(turn: Turn, session: TerminalSession): void {
  session.hooks.on((event) => {
    const asked = askedBy(event, session.profile.questionTool);
    if (asked !== undefined) void followAsk(turn, session, asked);
  });
}

function askedBy(event: HookEvent, questionTool: string | undefined): Asked | undefined {
  const isQuestion =
    event.kind === "tool" && event.moment === "before" && event.tool === questionTool;
  if (isQuestion && event.subAgent === null) {
    return { tool: event.tool, input: JSON.parse(event.input) as Input, waits: null };
  }
  // A sub-agent's ask stands in its parent's dialog, too; only its own hook tells the two apart.
  const isItsOwn = event.kind === "asked" && (event.subAgent === null || event.waits !== null);
  return isItsOwn ? event : undefined;
}

async function followAsk(turn: Turn, session: TerminalSession, asked: Asked): Promise<void> {
  const { clock } = turn.ground;
  const { terminal, mirror, profile, pty } = session;
  const { dialogs } = session.road;
  const over = new AbortController();
  void pty.ended.then(() => over.abort());
  const isBlocked = (): boolean => terminal.board.get("")?.state === "blocked";
  const limit = clock.monotonic() + dialogMs;
  while (!isBlocked() && !over.signal.aborted && clock.monotonic() < limit) {
    await clock.sleep(pollMs);
  }
  const call = asked.waits ?? dialogs.latest;
  if (isBlocked()) {
    dialogs.opened(call, asked);
    const about = profile.asks(asked.input);
    // Where the call says nothing, its dialog does.
    const detail = about.detail || screenExcerpt(mirror.text().join("\n"));
    turn.messages.asked({ call, tool: asked.tool, ...about, detail });
    const went = wentOn(session, asked);
    const isOpen = (): boolean => dialogs.isAnswering(call) || (dialogs.isOpen(call) && !went.is());
    await closing(turn, { isOpen, over: over.signal });
    went.forget();
    const why = over.signal.aborted ? "its agent has ended" : "it was answered in its terminal";
    turn.messages.withdraw(why, call);
  }
  dialogs.release(call);
}

/** Listens whether the call's tool has run, or was refused, since. */
function wentOn({ hooks }: TerminalSession, { tool, input }: Asked) {
  let is = false;
  const called = JSON.stringify(input);
  const forget = hooks.on((event) => {
    if (event.kind !== "tool" || event.moment === "before") return;
    if (event.tool === tool && event.input === called) is = true;
  });
  return { is: () => is, forget };
}

/** Settles when a dialog has been closed for a while, or `over` is aborted. */
async function closing(
  { ground: { clock } }: Turn,
  { isOpen, over }: { readonly isOpen: () => boolean; readonly over: AbortSignal },
): Promise<void> {
  let openAt = clock.monotonic();
  while (!over.aborted && clock.monotonic() - openAt < overMs) {
    if (isOpen()) openAt = clock.monotonic();
    await clock.sleep(pollMs);
  }
}
