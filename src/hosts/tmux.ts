import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../ground/clock.ts";
import { identify } from "../ground/proc/identity.ts";
import { shedInherited } from "../ground/proc/inherited-mark.ts";
import {
  type Argv,
  describeEnding,
  type ExactEnv,
  type RunResult,
  run,
  succeeded,
} from "../ground/proc/run.ts";
import { writeWhole } from "../ground/whole-file.ts";
import type { Host, Hosted, HostJob } from "./host.ts";
import { writeJob } from "./job-file.ts";
import { hasNoEncoding, isKnownTerminal } from "./outer-env.ts";
import {
  isOldEnough,
  literal,
  type Pane,
  paneFormat,
  parsePane,
  parseVersion,
  renderConfig,
  saysNoServer,
  session,
  socketName,
  trackOption,
  unformatted,
} from "./tmux-lines.ts";

/** The server of a repository, and what is needed to speak with it. */
export interface TmuxPlace {
  /** The repository's common folder: its server is named after it. */
  readonly commonDir: string;
  /** The private folder of its configuration. */
  readonly stateDir: string;
  readonly env: ExactEnv;
  /** The command that starts this very program. */
  readonly pleach: Argv;
}

const callLimitMs = 10_000;

/** The variables of the user's that the program itself needs: no TMUX, no folder of its sockets. */
const needed = /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_[A-Z]+)$/;

async function call(place: TmuxPlace, ...words: readonly string[]): Promise<RunResult> {
  const env = Object.fromEntries(Object.entries(place.env).filter(([name]) => needed.test(name)));
  // From "/": the server keeps the folder it was started in, and must not hold any other folder.
  return await run(serverArgv(place, ...words), { cwd: "/", env, timeoutMs: callLimitMs });
}

function serverArgv(place: TmuxPlace, ...words: readonly string[]): Argv {
  const config = configFile(place);
  const encoding = hasNoEncoding(place.env) ? ["-u"] : [];
  return ["tmux", ...encoding, "-L", socketName(place.commonDir), "-f", config, ...words];
}

const configFile = ({ stateDir }: TmuxPlace): string => join(stateDir, "tmux.conf");

/**
 * Returns the words by which a person's own terminal shows a window; their TMUX must not be set.
 */
export function viewArgv(place: TmuxPlace, pane: Pane, viewer: number): Argv {
  // A session of the viewer's own on the same windows: several viewers can look at different
  // windows.
  const own = `${session}-view-${viewer}`;
  return serverArgv(
    place,
    ...["new-session", "-t", `=${session}:`, "-s", own, ";"],
    ...["set-option", "destroy-unattached", "on", ";"],
    ...["select-window", "-t", pane.window],
  );
}

export type Availability =
  | { readonly kind: "there"; readonly version: string }
  | { readonly kind: "missing" }
  | { readonly kind: "too-old"; readonly version: string };

/** Finds whether tmux can be a host here. */
export async function lookForTmux(env: ExactEnv): Promise<Availability> {
  const said = await run(["tmux", "-V"], { cwd: "/", env, timeoutMs: callLimitMs });
  const version = succeeded(said) ? parseVersion(said.stdout.toString()) : undefined;
  if (version === undefined) return { kind: "missing" };
  return { kind: isOldEnough(version) ? "there" : "too-old", version: version.text };
}

export type Panes =
  | { readonly kind: "known"; readonly panes: readonly Pane[] }
  | { readonly kind: "unknown"; readonly why: string };

/**
 * Lists the windows of a repository's server, each with its single pane; none where there is no
 * server.
 */
export async function listPanes(place: TmuxPlace): Promise<Panes> {
  const said = await call(place, "list-panes", "-s", "-t", `=${session}:`, "-F", paneFormat);
  if (succeeded(said)) {
    const lines = said.stdout.toString().split("\n").map(parsePane);
    return { kind: "known", panes: lines.filter((pane) => pane !== undefined) };
  }
  const none = said.ending.kind === "failed-to-start" || saysNoServer(said.stderr.toString());
  return none ? { kind: "known", panes: [] } : { kind: "unknown", why: explain(said) };
}

function explain({ stderr, ending }: RunResult): string {
  return stderr.toString().trim() || describeEnding(ending);
}

/**
 * Makes the host of a server of our own, with a window named after the track. The program in it
 * goes on when the window, or the server, is closed: that is for the program to see to.
 */
export function tmuxHost(place: TmuxPlace): Host {
  return {
    name: "tmux",
    start: async (job) => {
      const jobFile = `${job.outputFile}.${job.id}.job`;
      writeJob(jobFile, job);
      writeWhole(configFile(place), renderConfig(terminalName(place.env)));
      const argv: Argv = [...place.pleach, "hosted", jobFile];
      const opened = await openWindow(place, job, argv);
      if (opened.kind === "failed-to-start") rmSync(jobFile, { force: true });
      return opened;
    },
  };
}

/** Returns a terminal name most machines know; the second is older, and has no italics. */
const terminalName = (env: ExactEnv): string =>
  isKnownTerminal("tmux-256color", env) ? "tmux-256color" : "screen-256color";

/** The number of tries: the server may come or go between two calls, so each way is tried again. */
const tries = 3;

async function openWindow(place: TmuxPlace, job: HostJob, argv: Argv): Promise<Hosted> {
  const program = ["-c", unformatted(job.cwd), "--", ...argv.map(literal)];
  const print = ["-P", "-F", "#{window_id} #{pane_id} #{pane_pid}"];
  const named = [...print, "-n", unformatted(job.label)];
  let why = "";
  for (let round = 0; round < tries; round += 1) {
    const again = await reopenWindow(place, job, program);
    if (again !== undefined) return again;
    const target = ["-t", `=${session}:`];
    const beside = await call(place, "new-window", "-d", ...named, ...target, ...program);
    if (succeeded(beside)) return await opened(place, job, beside.stdout.toString());
    const size = ["-x", "120", "-y", "40"];
    // This call may start the server, which is to outlive us.
    await shedInherited(place.env);
    const first = await call(
      place,
      "new-session",
      "-d",
      ...named,
      "-s",
      session,
      ...size,
      ...program,
    );
    if (succeeded(first)) return await opened(place, job, first.stdout.toString());
    why = explain(first);
  }
  return { kind: "failed-to-start", why };
}

/**
 * Starts a job in the window of a former worker of its track: a viewer of the window sees the next
 * worker there.
 */
async function reopenWindow(
  place: TmuxPlace,
  job: HostJob,
  program: readonly string[],
): Promise<Hosted | undefined> {
  const found = await listPanes(place);
  const former =
    found.kind === "known"
      ? found.panes.find(({ track, dead }) => dead && track === job.label)
      : undefined;
  if (former === undefined) return undefined;
  const target = ["-t", former.pane];
  const again = await call(place, "respawn-pane", ...target, ...program);
  if (!succeeded(again)) return undefined;
  const format = "#{window_id} #{pane_id} #{pane_pid}";
  const said = await call(place, "display-message", "-p", ...target, format);
  return succeeded(said) ? await opened(place, job, said.stdout.toString()) : undefined;
}

async function opened(place: TmuxPlace, job: HostJob, said: string): Promise<Hosted> {
  const [window = "", , pid = ""] = said.trim().split(" ");
  await call(place, "set-option", "-w", "-t", window, trackOption, job.label);
  const identity = await identify(Number(pid));
  if (identity !== undefined) return { kind: "started", process: identity };
  return { kind: "failed-to-start", why: `it ended at once; its window ${window} says how` };
}

const leaveMs = 3_000;
const pollMs = 50;

/**
 * Closes the panes that workers of a finished track have left on the screen; with the last window
 * the server ends. A process that has just recorded the end may take a moment to leave. A pane in
 * which another process is at work stays.
 */
export async function closeWindows(place: TmuxPlace, track: string, clock: Clock): Promise<void> {
  const until = clock.monotonic() + leaveMs;
  for (;;) {
    const found = await listPanes(place);
    if (found.kind === "unknown") return;
    const own = found.panes.filter((pane) => pane.track === track);
    const left: Pane[] = [];
    for (const pane of own) {
      // Now and then tmux does not notice that the program it started is gone.
      if (pane.dead || (await identify(pane.pid)) === undefined) {
        await call(place, "kill-pane", "-t", pane.pane);
      } else left.push(pane);
    }
    if (left.length === 0 || clock.monotonic() >= until) return;
    await clock.sleep(pollMs);
  }
}
