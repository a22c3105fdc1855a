import type { EventKind, EventOf, JournalEvent } from "../ground/journal/event.ts";
import { plain, plainLine } from "../ground/text.ts";
import { formatWhen } from "../ground/when.ts";

/** The weight of an event to a person: `detail` is for the journal alone. */
export type Weight = "detail" | "normal" | "good" | "bad" | "needs-you";

export interface Sentence {
  readonly weight: Weight;
  /** The sentence without the track's name, which the reader shows beside it. */
  readonly text: string;
}

const say =
  <Event>(weight: Weight, text: (event: Event) => string) =>
  (event: Event): Sentence => ({ weight, text: text(event) });

/** The meaning of each kind of event to a person; a kind not listed is shown by its name. */
const sentences: { readonly [Kind in EventKind]: (event: EventOf<Kind>) => Sentence } = {
  "plan.made": say("normal", (e) => `planned: ${count(e.tracks, "track")}`),
  "plan.redone": say(
    "normal",
    (e) => `touched what nobody predicted, so planned again: ${list(e.paths)}`,
  ),
  "backlog.torn": say(
    "bad",
    (e) => `the backlog cannot be read, so nothing new starts: ${word(e.detail)}`,
  ),
  "backlog.passed-over": say(
    "needs-you",
    (e) =>
      `lines of the backlog are passed over, as no box in them is \`[ ]\` or \`[x]\`: ${list(e.lines, "; ")}`,
  ),
  "backlog.unclear": say(
    "needs-you",
    (e) =>
      `task ${word(e.task)} was edited, and may now be ${list(e.candidates)}; none of them is started: give it an id:`,
  ),
  "track.planned": say("detail", () => "planned"),
  "track.provisioning": say("normal", () => "making the worktree and setting it up"),
  "track.started": say("normal", () => "growing"),
  "track.ready": say("good", (e) => `ready at ${short(e.tip)}`),
  "track.landing": say("normal", (e) => `landing ${short(e.tip)}`),
  "track.landed": say("good", (e) => `landed as ${short(e.commit)}`),
  "track.late": say(
    "needs-you",
    (e) =>
      `${count(e.commits, "commit")} came too late for its landing: ready again at ${short(e.tip)}`,
  ),
  "track.handed-back": say("bad", (e) => handedBack(e)),
  // A held account is told once for all tracks that wait for it.
  "track.held": (e) => ({
    weight: e.behind === undefined ? "detail" : "normal",
    text: `waits: ${word(e.detail)}`,
  }),
  "track.failed": say("bad", (e) => `failed: ${word(e.reason)}`),
  "track.blocked": say("needs-you", (e) => `needs you (${word(e.reason)}): ${word(e.detail)}`),
  "track.refreshed": say("normal", (e) => `brought onto ${short(e.onto)}, which had its files`),
  "landing.landed": (e) => landed(e),
  "landing.undone": say("normal", (e) => `taken back by ${word(e.by)}`),
  "request.opened": say("good", (e) => `pull request #${word(e.number)}: ${word(e.url)}`),
  "request.pushed": say("detail", (e) => `pushed ${short(e.pushed)} to ${word(e.url)}`),
  "request.restacked": say(
    "normal",
    (e) => `pull request #${word(e.number)} is now on ${word(e.base)}`,
  ),
  "request.merged": say("good", (e) => `pull request #${word(e.number)} is merged`),
  "request.closed": say("bad", (e) => `pull request #${word(e.number)} was closed`),
  "track.dropped": say("normal", (e) => dropped(e)),
  "track.restored": say("normal", () => "restored"),
  "worker.hosted": say("detail", (e) =>
    e.lost === null ? `runs in ${word(e.host)}` : word(e.lost),
  ),
  "worker.opened": say("detail", () => "its terminal can be attached to"),
  "worker.closed-in": say("bad", (e) => `nobody can attach to its terminal: ${word(e.why)}`),
  "worker.started": say("detail", () => "agent started"),
  "worker.signalled": (e) => signalled(e),
  "worker.suspected": say("needs-you", (e) => `may not get on: ${word(e.why)}`),
  "worker.cleared": say("normal", () => "gets on again"),
  "worker.misheard": say(
    "detail",
    (e) => `told ${count(e.count, "thing")} that is not understood: ${word(e.sample)}`,
  ),
  "worker.session": say("detail", (e) => `session ${word(e.sessionId)}`),
  "worker.usage": say("detail", (e) => used(e)),
  "worker.limited": say(
    "bad",
    (e) => `reached a ${word(e.limit)} limit of its account: ${word(e.why)}`,
  ),
  "worker.denied": say("needs-you", (e) => `was denied ${word(e.tool)}: ${word(e.why)}`),
  "worker.prompted": say("detail", () => "a turn begins"),
  "worker.warned": say("needs-you", (e) => `has used most of its budget: ${word(e.budget)}`),
  "worker.renewed": say(
    "normal",
    (e) => `goes on in a fresh session, the ${ordinal(e.count)} after a full one, with a handoff`,
  ),
  "run.warned": say("needs-you", (e) => `this run has used most of its budget: ${word(e.budget)}`),
  "worker.spent": say("normal", (e) => `its session goes no further: ${word(e.why)}`),
  "worker.reported": say("normal", (e) => `says ${word(e.kind)}: ${word(e.text)}`),
  "worker.ended": say("detail", (e) => `agent ended with exit code ${word(e.code)}`),
  "worker.killed": say("bad", (e) => `agent ended by ${word(e.signal)}`),
  "worker.overreached": say(
    "needs-you",
    (e) => `was refused what only you may say: ${word(e.said)}`,
  ),
  "worker.crashed": say(
    "bad",
    (e) => `its agent was ended by ${word(e.signal)}, and is started again in its session`,
  ),
  "worker.paused": say("normal", () => "agent paused; its session goes on with `pleach resume`"),
  "worker.lost": say("bad", () => "worker lost: its processes are gone without a word"),
  "worker.unknown": say("needs-you", (e) => `nothing is known of the worker: ${word(e.why)}`),
  "account.held": say("bad", (e) => held(e)),
  "account.tried": say("normal", (e) => `tries the account ${word(e.account)} again`),
  "account.opened": say("good", (e) => `the account ${word(e.account)} is open again`),
  "account.released": say("detail", (e) => `the account ${word(e.account)} is as before`),
  "ask.raised": say("needs-you", (e) => asks(e)),
  "ask.answered": say("normal", (e) => `${word(e.about)}: ${word(e.answer)} by ${word(e.by)}`),
  "ask.verified": say("detail", (e) => `ask ${word(e.ask)}: ${word(e.evidence)}`),
  "ask.withdrawn": say("normal", (e) => `ask ${word(e.ask)} is over: ${word(e.why)}`),
  "message.stored": say("detail", (e) => `message ${word(e.message)} from ${word(e.from)}`),
  "message.delivered": say("detail", (e) => `has message ${word(e.message)}: ${word(e.evidence)}`),
  "message.acknowledged": say("detail", (e) => `has read message ${word(e.message)}`),
  "message.stuck": say(
    "needs-you",
    (e) => `message ${word(e.message)} is stuck: ${word(e.evidence)}`,
  ),
  "repository.changed": say(
    "needs-you",
    (e) => `git's configuration or hooks changed while workers grew: ${list(e.paths)}`,
  ),
  "target.moved": say("needs-you", (e) =>
    e.track === undefined
      ? `${word(e.target)} was moved by no landing, to ${word(e.to).slice(0, 10)}`
      : `its commits were put on ${word(e.target)} by no landing, untested: ${word(e.to).slice(0, 10)}`,
  ),
  "checkout.changed": (e) =>
    e.track === undefined
      ? {
          weight: "normal",
          text: `your own checkout changed while workers grew: ${list(e.paths)}`,
        }
      : {
          weight: "needs-you",
          text: `wrote outside its worktree, into your checkout: ${list(e.paths)} (${word(e.how)})`,
        },
  "radar.overlapped": say(
    "bad",
    (e) =>
      `${list(e.tracks, " and ")} now conflict in ${list(e.paths)}; both were told${e.held === undefined ? "" : `, and ${word(e.held)} lands second`}`,
  ),
  "radar.suspected": say(
    "normal",
    (e) => `${list(e.tracks, " and ")} merge, and may break each other: ${list(e.hints, "; ")}`,
  ),
  "look.failed": say("bad", (e) => `${word(e.what)} failed, and is tried again: ${word(e.why)}`),
  "radar.failed": say("bad", (e) => `the radar sees nothing: ${word(e.why)}`),
  "race.started": say("normal", (e) => `race ${word(e.race)}: ${list(e.candidates)}`),
  "race.picked": say("good", (e) => `picked in the race ${word(e.race)}`),
  "gate.started": (e) => ({ weight: isShared(e) ? "normal" : "detail", text: gate(e, "began") }),
  "gate.passed": (e) => ({ weight: isShared(e) ? "good" : "detail", text: gate(e, "is green") }),
  "gate.failed": (e) => ({ weight: isShared(e) ? "bad" : "detail", text: gate(e, "is red") }),
  "gate.excused": (e) => ({
    weight: isShared(e) ? "good" : "detail",
    text: gate(e, "fails nothing but what the target fails too"),
  }),
  "gate.wavered": say(
    "bad",
    () => "the gate is flaky: it failed on this very tree before, and passes now",
  ),
  "track.retired": say("detail", () => "its worktree was put away"),
  "landing.stopped": say("detail", (e) => `landing stopped: ${word(e.outcome)}`),
  "drop.refused": say("bad", (e) => `could not be put away: ${word(e.reason)}`),
  "restore.refused": say("bad", (e) => `could not be brought back: ${word(e.reason)}`),
  "clean.finished": say("detail", () => "worktrees were put away"),
  "worker.created": say("detail", (e) => `worker ${word(e.worker)} is about to start`),
  "worker.supervised": say("detail", () => "its supervisor runs"),
  "worker.reminded": say("detail", (e) => `was sent on: ${word(e.missing)}`),
  "run.started": say("detail", () => "run started"),
  "run.finished": say("detail", () => "run finished"),
};

/** Says an event in words; text that agents made is stripped of control bytes. */
export function sentence(event: JournalEvent): Sentence {
  if (!Object.hasOwn(sentences, event.type)) {
    return { weight: "detail", text: plain(event.type.replace(".", " ")) };
  }
  const sayIt = sentences[event.type as EventKind] as (event: JournalEvent) => Sentence;
  const said = sayIt(event);
  return { ...said, text: plain(said.text) };
}

/** Says a signal, which matters to a person when it changed the worker's state. */
function signalled(event: EventOf<"worker.signalled">): Sentence {
  const { says, source, reason, detail = "" } = event.said;
  const about = detail === "" ? "" : `: ${detail}`;
  const isNew = event.state !== event.before;
  // An ask of the stream stands in the journal by itself, with how to answer it.
  const isAsked = source === "stream" && (reason === "permission" || reason === "question");
  if (isNew && says === "blocked" && !isAsked) {
    return { weight: "needs-you", text: `waits for you (${word(reason)})${about}` };
  }
  if (isNew && says === "interrupted") return { weight: "normal", text: "was interrupted" };
  if (isNew && says === "failed") return { weight: "bad", text: `met an error${about}` };
  return { weight: "detail", text: `${word(source)} says ${word(says)}${about}` };
}

function ordinal(value: number): string {
  return ["first", "second", "third"][value - 1] ?? `${word(value)}th`;
}

function held(event: EventOf<"account.held">): string {
  const { opens } = event;
  if (event.kind === "budget") return `the budget of this run is used up: ${word(event.why)}`;
  const when = typeof opens === "number" ? `, tried again ${formatWhen(opens, event.at)}` : "";
  return `nothing starts on the account ${word(event.account)}${when}`;
}

function asks(event: EventOf<"ask.raised">): string {
  const { what, tool, detail, answer } = event;
  const about = what === "question" ? "asks: " : `asks for ${word(tool)}: `;
  return `${about}${plainLine(word(detail))}; ${word(answer)}`;
}

type GateEvent = EventOf<Extract<EventKind, `gate.${string}`>>;

/** Several tracks in one gate: one by itself is told by its own events. */
const isShared = (event: GateEvent): boolean => event.tracks.length > 1;

function gate(event: GateEvent, what: string): string {
  const { tracks } = event;
  const took = "seconds" in event ? ` after ${event.seconds.toFixed(1)} s` : "";
  const again = event.as === "again" ? ", once more," : "";
  const whose = event.as === "base" ? "the target" : list(tracks, " + ");
  return `the gate of ${whose}${again} ${what}${took}`;
}

type Landed = EventOf<"landing.landed">;

const isRed = ({ allowed = [] }: Landed): boolean => allowed.length > 0;

const red = (event: Landed): string =>
  isRed(event) ? `, red as the target was: ${list(event.allowed)}` : "";

function handedBack(event: EventOf<"track.handed-back">): string {
  if (event.kind === "conflict") {
    return `handed back: conflicts with the target in ${list(event.paths)}`;
  }
  const first = event.first === undefined ? "" : `: ${plainLine(event.first)}`;
  return `handed back: the gate is red${first}`;
}

function landed(event: Landed): Sentence {
  const { commit, deciding, owed } = event;
  const told = [
    ...(deciding === undefined ? [] : [`changed what the gate reads: ${word(deciding)}`]),
    ...(owed === undefined ? [] : [list(owed, "; ")]),
  ];
  if (told.length === 0) {
    const weight = isRed(event) ? "normal" : "detail";
    return { weight, text: `landed as ${short(commit)}${red(event)}` };
  }
  return { weight: "needs-you", text: told.join("; ") };
}

function dropped(event: EventOf<"track.dropped">): string {
  return event.rescue === null
    ? "dropped (there was nothing to keep)"
    : `dropped, kept as ${word(event.rescue)}`;
}

function used(event: EventOf<"worker.usage">): string {
  const cost = event.costUsd == null ? "" : `, $${event.costUsd.toFixed(2)}`;
  return `used ${word(event.inputTokens)} tokens in, ${word(event.outputTokens)} out${cost}`;
}

function list(value: unknown, between = ", "): string {
  return Array.isArray(value) ? value.map(word).join(between) : "";
}

function count(value: unknown, noun: string): string {
  return `${word(value)} ${noun}${value === 1 ? "" : "s"}`;
}

function word(value: unknown): string {
  if (value === undefined || value === null) return "?";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function short(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 9) : "?";
}
