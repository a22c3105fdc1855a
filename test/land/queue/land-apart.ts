import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { apartArgv, apartEnv } from "../../support/apart.ts";
import type { ConfigChanges } from "../../support/config.ts";

export interface Apart {
  readonly child: ChildProcess;
  /** How the process ended, and what it printed. */
  readonly ended: Promise<{ readonly signal: string | null; readonly said: string }>;
}

/** Lands tracks in a process of its own, which `PLEACH_FAULT` kills or stops; see the fixture. */
export function landApart(
  top: string,
  changes: ConfigChanges,
  fault: string,
  tracks = "auth",
): Apart {
  const [node, ...argv] = apartArgv("land", top, tracks, JSON.stringify(changes));
  const env = apartEnv(fault);
  const child = spawn(node, argv, { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise<{ signal: string | null; said: string }>((resolve) => {
    child.once("close", (_code, signal) => resolve({ signal, said }));
  });
  return { child, ended };
}

/** Continues a landing each time it stops itself at a point; `act` happens at the first stop. */
export async function atStop(apart: Apart, act: () => void): Promise<string> {
  let over = false;
  let stops = 0;
  const ended = apart.ended.finally(() => {
    over = true;
  });
  for (const until = Date.now() + 30_000; !over && Date.now() < until; await wait(20)) {
    if (!isStopped(apart.child.pid ?? 0)) continue;
    stops += 1;
    if (stops === 1) act();
    apart.child.kill("SIGCONT");
  }
  if (stops === 0) throw new Error("it did not stop");
  return (await ended).said;
}

function isStopped(pid: number): boolean {
  try {
    return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
