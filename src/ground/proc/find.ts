import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import {
  bootId,
  isElsewhere,
  isGone,
  ownSpace,
  type ProcessIdentity,
  statFields,
} from "./identity.ts";
import { carriesInherited } from "./inherited-mark.ts";
import { run } from "./run.ts";

/** The result of a look at the process table; `unknown` when it could not be read. */
export type FoundProcesses =
  | { readonly kind: "known"; readonly processes: readonly FoundProcess[] }
  | { readonly kind: "unknown"; readonly why: string };

export interface FoundProcess extends ProcessIdentity {
  readonly ppid: number;
  readonly session: number;
}

/** The mark by which the processes that a program starts are known. */
export interface Mark {
  /** The name of an entry in their environment. */
  readonly name: string;
  readonly value: string;
  /** Whether they also carry the mark where they cannot lay it off (`withInherited`). */
  readonly isInherited?: boolean;
}

/**
 * Finds all processes whose environment holds `NAME=value`, exactly. Finds daemons that left their
 * session and their parents; misses processes that cleared their environment.
 */
export async function findMarked(name: string, value: string): Promise<FoundProcesses> {
  if (process.platform !== "linux") return await findByPs(`${name}=${value}`);
  return await scan(carriesMark(name, value));
}

/** Returns whether a process has exactly this entry in its environment. Linux only. */
function carriesMark(name: string, value: string): (pid: number) => boolean {
  const entry = Buffer.from(`\0${name}=${value}\0`);
  return (pid) => Buffer.concat([nul, readFileSync(`/proc/${pid}/environ`)]).includes(entry);
}

const nul = Buffer.alloc(1);

/**
 * Finds all processes whose working directory is `folder` (a real path) or below it, but for this
 * process.
 */
export async function findInside(folder: string): Promise<FoundProcesses> {
  if (process.platform !== "linux") return await findByLsof(folder);
  return await scan((pid) => {
    const cwd = readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, "");
    return pid !== process.pid && (cwd === folder || cwd.startsWith(`${folder}/`));
  });
}

/**
 * Finds the processes that may still need a lock file: those that have it open, and every git at
 * work in `folder`.
 */
export async function findUsers(file: string, folder: string): Promise<FoundProcesses> {
  if (process.platform !== "linux") return await findByLsof(folder);
  return await scan((pid) => {
    const at = (name: string): string => readlinkSync(`/proc/${pid}/${name}`);
    if (basename(at("exe")) === "git" && `${at("cwd")}/`.startsWith(`${folder}/`)) return true;
    return readdirSync(`/proc/${pid}/fd`).some(
      (fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === file,
    );
  });
}

/** Finds the processes and everything that descends from them now. */
export async function withDescendants(roots: readonly ProcessIdentity[]): Promise<FoundProcesses> {
  if (roots.some(isElsewhere)) return elsewhere;
  const all = await allProcesses();
  if (all.kind === "unknown") return all;
  const alive = new Set(all.processes.map(identityKey));
  return descend(
    all.processes,
    roots.filter((root) => alive.has(identityKey(root))),
    [],
  );
}

/**
 * Finds all that a marked program has started: the processes with the mark, the processes in their
 * sessions (a child may clear its environment), and all that descends from either. The program is
 * always started in a session of its own, so no session here can be a user's.
 * @param leaders programs that led their session and are alive, or were a moment ago
 */
export async function findTree(
  mark: Mark,
  leaders: readonly ProcessIdentity[] = [],
): Promise<FoundProcesses> {
  if (leaders.some(isElsewhere)) return elsewhere;
  const { marked, all } = await findMarkedAmongAll(mark, leaders);
  if (marked.kind === "unknown" || all.kind === "unknown") return marked;
  const known = new Map(all.processes.map((process) => [process.pid, process]));
  const sessions = leaders
    .filter((leader) => (known.get(leader.pid)?.start ?? leader.start) === leader.start)
    .map((leader) => leader.pid);
  return descend(all.processes, marked.processes, [
    ...sessions,
    ...marked.processes.map((process) => process.session),
  ]);
}

/**
 * Finds the marked processes and all others, in one pass where possible: this runs after every
 * command.
 */
async function findMarkedAmongAll(
  { name, value, isInherited = false }: Mark,
  leaders: readonly ProcessIdentity[],
): Promise<{ readonly marked: FoundProcesses; readonly all: FoundProcesses }> {
  if (process.platform !== "linux") {
    return { marked: await findMarked(name, value), all: await allProcesses() };
  }
  const pids = new Set<number>();
  const isMarked = carriesMark(name, value);
  const isBranded = isInherited ? carriesInherited(value) : () => false;
  const carries = (pid: number): boolean => isMarked(pid) || isBranded(pid);
  // A process older than all of the leaders was not started by them, and need not be read.
  const since = Math.min(...leaders.map((leader) => Number(leader.start)));
  const all = await scan((pid, start) => {
    if ((leaders.length === 0 || Number(start) >= since) && canSee(() => carries(pid))) {
      pids.add(pid);
    }
    return true;
  });
  if (all.kind === "unknown") return { marked: all, all };
  const processes = all.processes.filter((found) => pids.has(found.pid));
  return { marked: { kind: "known", processes }, all };
}

/** Returns the answer of a look; false for another user's process, which cannot carry our mark. */
export function canSee(look: () => boolean): boolean {
  try {
    return look();
  } catch (error) {
    if (isGone(error) || isForeign(error)) return false;
    throw error;
  }
}

/**
 * The answer for processes of another PID namespace: their descendants cannot be seen from here.
 */
const elsewhere: FoundProcesses = {
  kind: "unknown",
  why: "it runs in another PID namespace (a container)",
};

function descend(
  all: readonly FoundProcess[],
  roots: readonly ProcessIdentity[],
  sessions: readonly number[],
): FoundProcesses {
  const own = all.find((found) => found.pid === process.pid);
  const ours = new Set(sessions.filter((session) => session > 0 && session !== own?.session));
  const wanted = new Set(roots.map((root) => root.pid));
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, ppid, session } of all) {
      if (wanted.has(pid) || !(wanted.has(ppid) || ours.has(session))) continue;
      wanted.add(pid);
      grown = true;
    }
  }
  // The calling process may itself be inside the tree (an agent that stops its track): it goes on.
  wanted.delete(process.pid);
  return { kind: "known", processes: all.filter((found) => wanted.has(found.pid)) };
}

function identityKey({ pid, start, boot }: ProcessIdentity): string {
  return `${pid}/${start}/${boot}`;
}

async function allProcesses(): Promise<FoundProcesses> {
  return process.platform === "linux" ? await scan(() => true) : await psTable();
}

type Matches = (pid: number, start: string) => boolean;

async function scan(matches: Matches): Promise<FoundProcesses> {
  try {
    const boot = await bootId();
    const processes: FoundProcess[] = [];
    for (const name of readdirSync("/proc")) {
      const pid = Number(name);
      if (!Number.isInteger(pid)) continue;
      const found = look(pid, boot, matches);
      if (found !== undefined) processes.push(found);
    }
    return { kind: "known", processes };
  } catch (error) {
    return { kind: "unknown", why: `reading /proc failed: ${String(error)}` };
  }
}

function look(pid: number, boot: string, matches: Matches): FoundProcess | undefined {
  try {
    const { state, ppid, session, start } = statFields(readFileSync(`/proc/${pid}/stat`, "latin1"));
    if (state === "Z" || state === "X") return undefined;
    if (!matches(pid, start)) return undefined;
    const space = ownSpace();
    return { pid, start, boot, ...(space === undefined ? {} : { space }), ppid, session };
  } catch (error) {
    // Ended while we looked, or another user's, which cannot be ours.
    if (isGone(error) || isForeign(error)) return undefined;
    throw error;
  }
}

function isForeign(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EACCES" || code === "EPERM";
}

const psEnv = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C" };
const probeTimeoutMs = 10_000;

/** Finds processes on macOS, where `ps -E` shows the environments of the user's own processes. */
async function findByPs(entry: string): Promise<FoundProcesses> {
  return await psTable((line) => line.split(" ").includes(entry));
}

async function psTable(matches: (line: string) => boolean = () => true): Promise<FoundProcesses> {
  const rows = await psRows();
  return rows === undefined
    ? { kind: "unknown", why: "ps gave no answer" }
    : {
        kind: "known",
        processes: rows.filter(({ line }) => matches(line)).map(({ found }) => found),
      };
}

/**
 * Lists every process with its arguments and its environment in one line; undefined when ps does
 * not answer.
 */
export async function psRows(): Promise<
  readonly { readonly line: string; readonly found: FoundProcess }[] | undefined
> {
  const argv = ["ps", "-axwwE", "-o", "pid=,ppid=,sess=,lstart=,command="] as const;
  const result = await run(argv, { cwd: "/", env: psEnv, timeoutMs: probeTimeoutMs });
  if (result.ending.kind !== "exited" || result.ending.code !== 0) return undefined;
  const boot = await bootId();
  const row = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+\S+\s+\d+)\s/;
  return result.stdout
    .toString()
    .split("\n")
    .flatMap((line) => {
      const [, pid, ppid, session, at] = row.exec(line) ?? [];
      if (pid === undefined || at === undefined) return [];
      const start = at.replace(/\s+/g, " ");
      const ids = { pid: Number(pid), ppid: Number(ppid), session: Number(session) };
      return [{ line, found: { ...ids, start, boot } }];
    });
}

async function findByLsof(folder: string): Promise<FoundProcesses> {
  const argv = ["lsof", "-a", "-d", "cwd", "-F", "pn"] as const;
  const result = await run(argv, { cwd: "/", env: psEnv, timeoutMs: probeTimeoutMs });
  if (result.ending.kind !== "exited") return { kind: "unknown", why: "lsof gave no answer" };
  const inside = new Set<number>();
  let pid = 0;
  for (const line of result.stdout.toString().split("\n")) {
    if (line.startsWith("p")) pid = Number(line.slice(1));
    const cwd = line.startsWith("n") ? line.slice(1) : "";
    if (cwd === folder || cwd.startsWith(`${folder}/`)) inside.add(pid);
  }
  inside.delete(process.pid);
  const table = await psTable();
  if (table.kind === "unknown") return table;
  return { kind: "known", processes: table.processes.filter((found) => inside.has(found.pid)) };
}
