import { readFileSync } from "node:fs";
import { z } from "zod";
import { run } from "./run.ts";

/**
 * A process for certain: a pid alone is reused by the kernel, so its start time and the boot it
 * belongs to are part of its name.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque, comparable only for equality: clock ticks since boot (Linux) or a date (macOS). */
  readonly start: string;
  readonly boot: string;
}

export const processIdentitySchema = z.object({
  pid: z.number().int(),
  start: z.string(),
  boot: z.string(),
});

export type Liveness = "alive" | "gone" | "unknown";

const probeTimeoutMs = 5_000;

let boot: string | undefined;

/** The id of this boot of the machine. */
export async function bootId(): Promise<string> {
  boot ??= process.platform === "linux" ? linuxBootId() : await bsdBootId();
  return boot;
}

function linuxBootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

async function bsdBootId(): Promise<string> {
  const answer = await probe(["sysctl", "-n", "kern.boottime"]);
  return /sec = (\d+)/.exec(answer)?.[1] ?? answer.trim();
}

/** @returns undefined when there is no such process (any more). */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const start = await startOf(pid);
  return start === undefined ? undefined : { pid, start, boot: await bootId() };
}

/** This very process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const own = await identify(process.pid);
  if (own === undefined) throw new Error("the own process cannot be identified");
  return own;
}

/** Whether exactly this process still runs; a probe that fails is `unknown`, never `gone`. */
export async function liveness(identity: ProcessIdentity): Promise<Liveness> {
  try {
    if (identity.boot !== (await bootId())) return "gone";
    return (await startOf(identity.pid)) === identity.start ? "alive" : "gone";
  } catch {
    // Whatever the probe ran into (no /proc, no ps, a limit), nothing is known from it.
    return "unknown";
  }
}

async function startOf(pid: number): Promise<string | undefined> {
  return process.platform === "linux" ? linuxStart(pid) : await bsdStart(pid);
}

function linuxStart(pid: number): string | undefined {
  try {
    const fields = statFields(readFileSync(`/proc/${pid}/stat`, "latin1"));
    // A zombie holds no files and runs no code: for everything we decide, it is gone.
    return fields.state === "Z" || fields.state === "X" ? undefined : fields.start;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

export interface StatFields {
  readonly state: string;
  readonly ppid: number;
  readonly session: number;
  readonly start: string;
}

/** Parses `/proc/PID/stat`; the command name in it may hold spaces and parentheses (proc(5)). */
export function statFields(stat: string): StatFields {
  const rest = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, ppid, , session] = rest;
  const start = rest[19];
  if (state === undefined || start === undefined) throw new Error(`unreadable stat: ${stat}`);
  return { state, ppid: Number(ppid), session: Number(session), start };
}

export function isGone(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ESRCH" || code === "ENOTDIR";
}

async function bsdStart(pid: number): Promise<string | undefined> {
  const answer = await probe(["ps", "-o", "stat=,lstart=", "-p", String(pid)]);
  const [state = "", ...start] = answer.trim().split(/\s+/);
  return state === "" || state.startsWith("Z") ? undefined : start.join(" ");
}

async function probe(argv: readonly [string, ...string[]]): Promise<string> {
  const env = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C" };
  const result = await run(argv, { cwd: "/", env, timeoutMs: probeTimeoutMs });
  // `ps -p` says 1 for "no such process", with nothing printed.
  if (result.ending.kind !== "exited") throw new Error(`${argv[0]} gave no answer`);
  return result.stdout.toString();
}
