import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { findProgram } from "./path.ts";
import { type Argv, type ExactEnv, run, succeeded } from "./run.ts";

/*
 * A mark that no process lays off by leaving its parents, its session, its folder or its
 * environment: a limit of file locks. Linux has not heeded that limit since 2.4, and every child
 * inherits it. Only on Linux, with `prlimit` of util-linux; see docs/adr/0008.
 */

/** The lowest marking limit, higher than any real limit that a person would set for a reason. */
const lowest = 2 ** 50;

/** Returns the soft limit by which the processes of a name are known. */
export function limitFor(name: string): number {
  const digest = createHash("sha256").update(name).digest();
  return lowest + digest.readUIntBE(0, 6);
}

/**
 * Returns whether a process carries the mark of a name. Linux only; @throws when its limits cannot
 * be read
 */
export function carriesInherited(name: string): (pid: number) => boolean {
  const limit = String(limitFor(name));
  return (pid) => limitsOf(pid)?.soft === limit;
}

/**
 * Finds the mark that a process carries, of any name. Linux only; @throws when its limits cannot be
 * read
 */
export function inheritedLimit(pid: number): number | undefined {
  const soft = Number(limitsOf(pid)?.soft);
  return soft >= lowest ? soft : undefined;
}

function limitsOf(pid: number): { readonly soft: string; readonly hard: string } | undefined {
  const limits = readFileSync(`/proc/${pid}/limits`, "latin1");
  const [, soft, hard] = /^Max file locks\s+(\S+)\s+(\S+)/m.exec(limits) ?? [];
  return soft === undefined || hard === undefined ? undefined : { soft, hard };
}

/** The places of a system's own programs; the user's PATH comes after them. */
const systemPath = "/usr/bin:/bin:/usr/sbin:/sbin";

/**
 * Returns the argv that starts the same program, in the same process, with the mark of a name.
 * @returns the argv unchanged where no such mark, or no such program, is available
 */
export async function withInherited(
  name: string,
  argv: Argv,
  { env, cwd }: { readonly env: ExactEnv; readonly cwd: string },
): Promise<Argv> {
  const prlimit = await usable(env);
  // The starter explains a missing program better than prlimit would.
  if (prlimit === undefined || findProgram(argv[0], env, cwd) === undefined) return argv;
  return [prlimit, `--locks=${limitFor(name)}:`, "--", ...argv];
}

let found: Promise<string | undefined> | undefined;

/** Finds a usable `prlimit`; tried only once. A sandbox may forbid it. */
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

/**
 * Takes a mark from this very process: the processes it starts now are to outlive the marked tree.
 */
export async function shedInherited(env: ExactEnv): Promise<void> {
  if (process.platform !== "linux") return;
  const own = limitsOf(process.pid);
  if (own === undefined || !(Number(own.soft) >= lowest) || own.soft === own.hard) return;
  const prlimit = await usable(env);
  if (prlimit === undefined) return;
  const argv: Argv = [prlimit, `--pid=${process.pid}`, `--locks=${own.hard}:`];
  await run(argv, { cwd: "/", env: {}, timeoutMs: 5_000 });
}
