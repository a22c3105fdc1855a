import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { findProgram } from "./path.ts";
import { type Argv, type ExactEnv, run, succeeded } from "./run.ts";

/*
 * A mark that no process lays off by leaving its parents, its session, its folder or its environment:
 * a limit of file locks. Linux has not heeded that limit since 2.4, and every child inherits it. Only
 * on Linux, with `prlimit` of util-linux; see docs/adr/0008.
 */

/** No limit that somebody set for a reason is as high and yet a limit. */
const lowest = 2 ** 50;

/** The soft limit by which the processes of that name are known. */
export function limitFor(name: string): number {
  const digest = createHash("sha256").update(name).digest();
  return lowest + digest.readUIntBE(0, 6);
}

/** Whether a process carries the mark of that name. Linux only; @throws when it cannot be read */
export function carriesInherited(name: string): (pid: number) => boolean {
  const limit = String(limitFor(name));
  return (pid) => limitsOf(pid)?.soft === limit;
}

/** The mark that a process carries, whosever it is. Linux only; @throws when it cannot be read */
export function inheritedLimit(pid: number): number | undefined {
  const soft = Number(limitsOf(pid)?.soft);
  return soft >= lowest ? soft : undefined;
}

function limitsOf(pid: number): { readonly soft: string; readonly hard: string } | undefined {
  const limits = readFileSync(`/proc/${pid}/limits`, "latin1");
  const [, soft, hard] = /^Max file locks\s+(\S+)\s+(\S+)/m.exec(limits) ?? [];
  return soft === undefined || hard === undefined ? undefined : { soft, hard };
}

/** Where a system has it; a user's own PATH comes last. */
const systemPath = "/usr/bin:/bin:/usr/sbin:/sbin";

/**
 * The argv that starts the same program, in the same process, with the mark of that name.
 * @returns the argv as it is where there is no such mark to be had, or no such program
 */
export async function withInherited(
  name: string,
  argv: Argv,
  { env, cwd }: { readonly env: ExactEnv; readonly cwd: string },
): Promise<Argv> {
  const prlimit = await usable(env);
  // Of a missing program the starter says more than prlimit would.
  if (prlimit === undefined || findProgram(argv[0], env, cwd) === undefined) return argv;
  return [prlimit, `--locks=${limitFor(name)}:`, "--", ...argv];
}

let found: Promise<string | undefined> | undefined;

/** Tried once: a sandbox may forbid it. */
async function usable(env: ExactEnv): Promise<string | undefined> {
  found ??= tryOut(env);
  return await found;
}

async function tryOut(env: ExactEnv): Promise<string | undefined> {
  if (process.platform !== "linux") return undefined;
  const prlimit = findProgram("prlimit", { PATH: `${systemPath}:${env["PATH"] ?? ""}` }, "/");
  if (prlimit === undefined) return undefined;
  const argv: Argv = [prlimit, `--locks=${limitFor("")}:`, "--", prlimit, "--version"];
  const tried = await run(argv, { cwd: "/", env: {}, timeoutMs: 5_000 });
  return succeeded(tried) ? prlimit : undefined;
}

/** Takes a mark from this very process: what it starts now is to outlive whoever is marked. */
export async function shedInherited(env: ExactEnv): Promise<void> {
  if (process.platform !== "linux") return;
  const own = limitsOf(process.pid);
  if (own === undefined || !(Number(own.soft) >= lowest) || own.soft === own.hard) return;
  const prlimit = await usable(env);
  if (prlimit === undefined) return;
  const argv: Argv = [prlimit, `--pid=${process.pid}`, `--locks=${own.hard}:`];
  await run(argv, { cwd: "/", env: {}, timeoutMs: 5_000 });
}
