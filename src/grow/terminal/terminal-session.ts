import { fitting } from "../../agents/fitting.ts";
import type { TerminalProfile } from "../../agents/terminal-profile.ts";
import type { EpochMs } from "../../ground/clock.ts";
import { messageOf } from "../../ground/errors.ts";
import { withInherited } from "../../ground/proc/inherited-mark.ts";
import { type Pty, startPty } from "../../ground/proc/pty.ts";
import type { Ending } from "../../ground/proc/run.ts";
import { hasNoEncoding } from "../../hosts/outer-env.ts";
import { trackFiles } from "../../track/track-files.ts";
import { recordWorker } from "../../worker/worker-store.ts";
import { HookQueue } from "../delivery/hook-queue.ts";
import { HookRoad } from "../delivery/hook-road.ts";
import { writeLaunchFiles } from "../prompt/launch-files.ts";
import { type HookReader, prepareHooks } from "../signals/hook-reader.ts";
import { hookWork } from "../signals/hook-signal.ts";
import type { ProgressWatch } from "../signals/progress-watch.ts";
import { RecordFollower } from "../signals/record-follower.ts";
import { payloadFolder } from "../signals/signal-file.ts";
import type { SignalLog } from "../signals/signal-log.ts";
import { openSignalReaders, type SignalReaders } from "../signals/signal-readers.ts";
import { CappedFile, Transcript } from "../signals/transcript.ts";
import { agentEnvironment, launchRequestOf, type Turn } from "../turn/turn.ts";
import { type Control, openControl } from "./control.ts";
import { joinOuter, type OuterTerminal } from "./outer.ts";
import { OwnedTerminal } from "./own.ts";
import { createMirror, type Mirror } from "./screen/mirror.ts";
import { type HeardTurn, TerminalReader } from "./terminal-reader.ts";
import { TerminalRoad } from "./terminal-road.ts";
import { WorkLog } from "./work-log.ts";

/** The size of a terminal without a viewer, until the first viewer comes. */
const unseen = { columns: 120, rows: 40 };

/** An agent in a terminal of ours, and all its readers. */
export interface TerminalSession {
  readonly pty: Pty;
  readonly terminal: OwnedTerminal;
  readonly mirror: Mirror;
  readonly road: TerminalRoad;
  readonly hooks: HookReader;
  readonly profile: TerminalProfile;
  readonly signals: SignalLog;
  /** The program's own record of the session; undefined: none that we can read. */
  readonly record: RecordFollower | undefined;
  readonly progress: ProgressWatch;
  readonly heard: HeardTurn;
  onNews(take: () => void): void;
  /** Lets go of everything but the process, which has ended. @param ending how it ended */
  close(ending: Ending | null): void;
}

export type SessionStart =
  | { readonly kind: "started"; readonly session: TerminalSession }
  | { readonly kind: "failed"; readonly why: string };

/** Starts the agent of a turn in a terminal of ours. */
export async function startSession(
  turn: Turn,
  outer: OuterTerminal | undefined,
): Promise<SessionStart> {
  const { ground, track, worker } = turn;
  const files = trackFiles(ground.repo.stateDir, track.name);
  const profile = turn.agent.terminal;
  if (profile === undefined) return { kind: "failed", why: "it has no adapter for a terminal" };
  prepareHooks(ground, track.name);
  const launch = fitting(profile.launch, launchRequestOf(turn));
  writeLaunchFiles(launch, track.worktree);
  const transcript = new Transcript(files, ground.clock);
  const size = outer?.size() ?? unseen;
  const since = ground.clock.now();
  const env = { ...terminalEnvironment(turn, outer !== undefined), ...launch.env };
  const at = { cwd: track.worktree, env };
  const start = await startPty(await withInherited(worker.id, launch.argv, at), { ...at, size });
  if (start.kind !== "started") {
    transcript.note({ kind: "ended", how: start.why });
    transcript.close();
    const hint = start.kind === "no-pty" ? ' (mode = "stream" needs none)' : "";
    return { kind: "failed", why: `${start.why}${hint}` };
  }
  const { pty } = start;
  transcript.note({ kind: "started", program: launch.argv[0], attempt: worker.attempt });
  recordWorker(ground, placeOf(turn), { type: "worker.started", agentProcess: pty.process });
  const mirror = await createMirror(size);
  const raw = new CappedFile(files.terminal);
  const readers = openSignalReaders(turn);
  const { signals, hooks, progress } = readers;
  const { record, log } = readAlong(turn, { since, readers, transcript });
  const reader = new TerminalReader(turn, { transcript, signals, profile });
  const terminal = new OwnedTerminal({
    ...{ pty, mirror, size, raw },
    clock: ground.clock,
    tell: (news) => reader.hear(news),
  });
  const road = new TerminalRoad({
    ...{ terminal, mirror },
    ...{ profile, hooks },
    clock: ground.clock,
    ended: pty.ended,
    typingFile: files.typing,
    hookRoad: new HookRoad(new HookQueue(ground, track.name), hooks),
    hookFolder: payloadFolder(files.signals),
  });
  reader.road = road;
  hooks.on((event) => reader.hook(event));
  const leaveOuter = outer === undefined ? undefined : joinOuter(terminal, outer);
  const control = await openWay(turn, terminal, transcript);
  return {
    kind: "started",
    session: {
      ...{ pty, terminal, mirror, road, hooks, profile, signals, record, progress },
      heard: reader.heard,
      onNews: (take) => {
        reader.onNews = take;
      },
      close: () => {
        terminal.end();
        leaveOuter?.();
        control?.close();
        readers.close();
        log.close();
        raw.close();
        transcript.close();
      },
    },
  };
}

/** Follows the work itself: by the program's record of the session, else by its hooks. */
function readAlong(
  turn: Turn,
  {
    since,
    readers,
    transcript,
  }: { readonly since: EpochMs; readonly readers: SignalReaders; readonly transcript: Transcript },
): { readonly record: RecordFollower | undefined; readonly log: WorkLog } {
  const { ground, worker, agent, account, session } = turn;
  const { records } = agent;
  const log = new WorkLog(transcript, ground.clock);
  const record =
    records === undefined
      ? undefined
      : new RecordFollower({
          ...{ ground, worker, records, since, readers, account },
          env: agentEnvironment(turn),
          transcript: {
            tell: (event) => log.byRecord(event),
            remark: (text) => transcript.remark(text),
          },
        });
  const isKnown = agent.terminal?.takesSession === true || session.kind === "resume";
  if (isKnown) record?.follow(session.id);
  readers.hooks.on((event) => {
    const work = hookWork(event);
    if (work !== undefined) log.byHook(work);
    if (event.subAgent !== null || event.session === null) return;
    record?.follow(event.session, event.transcript);
  });
  return { record, log };
}

/** The locale that sets nothing but the encoding, and is there without being installed. */
const utf8 = process.platform === "darwin" ? "UTF-8" : "C.UTF-8";

/**
 * Builds the environment of a terminal of our own kind, or of the outer one; a size in it would go
 * stale, so the terminal itself tells its size.
 */
function terminalEnvironment(turn: Turn, isOuter: boolean) {
  const { COLUMNS, LINES, ...env } = agentEnvironment(turn);
  const known = isOuter && (env["TERM"] ?? "dumb") !== "dumb";
  return {
    ...env,
    ...(known ? {} : { TERM: "xterm-256color" }),
    // Without it some programs draw letters for boxes, and question marks for all that is no ASCII.
    ...(hasNoEncoding(env) ? { LC_CTYPE: utf8 } : {}),
    COLORTERM: "truecolor",
  };
}

const placeOf = ({ track, worker }: Turn) => ({ track: track.name, worker: worker.id });

/**
 * Opens the socket for viewers; without one none can attach, and the agent works on all the same.
 */
async function openWay(
  turn: Turn,
  terminal: OwnedTerminal,
  transcript: Transcript,
): Promise<Control | undefined> {
  const { ground, worker } = turn;
  try {
    const control = await openControl(ground.env, worker.id, terminal);
    recordWorker(ground, placeOf(turn), { type: "worker.opened", socket: control.path });
    return control;
  } catch (error) {
    const why = messageOf(error);
    transcript.remark(`nobody can attach: ${why}`);
    recordWorker(ground, placeOf(turn), { type: "worker.closed-in", why });
    return undefined;
  }
}
