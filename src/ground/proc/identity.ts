import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { z } from "zod";
import { ExitCode, PleachError } from "../errors.ts";
import { run } from "./run.ts";

/**
 * A process for certain: a pid alone is reused by the kernel, so the start time and the boot of the
 * process are part of its name.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /**
   * An opaque start time, comparable only for equality: clock ticks since boot (Linux) or a date
   * (macOS).
   */
  readonly start: string;
  readonly boot: string;
  /**
   * The PID namespace its pid belongs to, on Linux; in any other the same pid names another
   * process.
   */
  readonly space?: string | undefined;
}

export const processIdentitySchema = z.object({
  pid: z.number().int(),
  start: z.string(),
  boot: z.string(),
  space: z.string().optional(),
});

export type Liveness = "alive" | "gone" | "unknown";

const probeTimeoutMs = 5_000;

let boot: string | undefined;

/** Returns the id of this boot of the machine. */
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

/** Identifies a process. @returns undefined when there is no such process (any more). */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const start = await startOf(pid);
  if (start === undefined) return undefined;
  const space = ownSpace();
  return { pid, start, boot: await bootId(), ...(space === undefined ? {} : { space }) };
}

/** Identifies this very process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const own = await identify(process.pid);
  if (own === undefined) throw new Error("the own process cannot be identified");
  return own;
}

/** Finds whether exactly this process still runs; a probe that fails is `unknown`, never `gone`. */
export async function liveness(identity: ProcessIdentity): Promise<Liveness> {
  return (await lookAtProcess(identity)).life;
}

/**
 * Finds whether a process still runs, and its pid here: in its own PID namespace it may have
 * another.
 */
export async function lookAtProcess(
  identity: ProcessIdentity,
): Promise<
  { readonly life: "alive"; readonly pid: number } | { readonly life: "gone" | "unknown" }
> {
  try {
    const boot = await bootId();
    if (identity.boot !== boot) return { life: isOfBoot(identity, boot) ? "gone" : "unknown" };
    if (isElsewhere(identity)) return sightElsewhere(identity);
    const isThere = (await startOf(identity.pid)) === identity.start;
    return isThere ? { life: "alive", pid: identity.pid } : { life: "gone" };
  } catch {
    // A probe that ran into an obstacle (no /proc, no ps, a limit) proves nothing.
    return { life: "unknown" };
  }
}

/**
 * Whether a process that runs no more could be of our kernel: an id of another kind is another
 * kernel's, which a reboot of this kernel does not end.
 */
const isOfBoot = ({ boot }: ProcessIdentity, own: string): boolean =>
  boot === "" || boot.includes("-") === own.includes("-");

/** Whether a process was recorded in another PID namespace, as in a container. */
export function isElsewhere({ space }: Pick<ProcessIdentity, "space">): boolean {
  return space !== undefined && space !== ownSpace();
}

/** The namespace the kernel begins with, from which all others can be seen. */
const firstSpace = "pid:[4026531836]";

let space: string | undefined;

/**
 * Returns the PID namespace of this process; undefined where there are none.
 * @throws PleachError `proc/foreign` when /proc shows another namespace's processes
 */
export function ownSpace(): string | undefined {
  if (process.platform !== "linux") return undefined;
  if (space !== undefined) return space;
  if (readlinkSync("/proc/self") !== String(process.pid)) throw foreignProc();
  space = readlinkSync("/proc/self/ns/pid");
  return space;
}

function foreignProc(): PleachError {
  return new PleachError({
    code: "proc/foreign",
    message: "/proc shows the processes of another PID namespace than the one this runs in",
    hint: "give the container a /proc of its own: unshare --fork --pid --mount-proc …",
    exitCode: ExitCode.prerequisite,
  });
}

/** Looks for a process of another namespace among all processes, where all can be seen. */
function sightElsewhere({
  pid,
  start,
}: ProcessIdentity):
  | { readonly life: "alive"; readonly pid: number }
  | { readonly life: "gone" | "unknown" } {
  if (ownSpace() !== firstSpace || linuxStart(1) === undefined) return { life: "unknown" };
  for (const name of readdirSync("/proc")) {
    const here = Number(name);
    if (Number.isInteger(here) && linuxStart(here) === start && innermostPid(here) === pid) {
      return { life: "alive", pid: here };
    }
  }
  return { life: "gone" };
}

/** Returns the pid that a process has in its own namespace. */
function innermostPid(pid: number): number | undefined {
  try {
    const [, pids] = /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
    return Number(pids?.split(/\s+/).at(-1));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
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
  // `ps -p` exits with 1 for "no such process", and prints nothing.
  if (result.ending.kind !== "exited") throw new Error(`${argv[0]} gave no answer`);
  return result.stdout.toString();
}
