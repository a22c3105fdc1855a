import { readdirSync, readlinkSync } from "node:fs";
import type { ProcessIdentity } from "./identity.ts";

/** The working directory of a process and its open files: absolute paths. */
export interface Places {
  readonly cwd: string | undefined;
  readonly files: readonly string[];
}

/**
 * Finds the places of some processes. A process that has ended, or is hidden from us, has none.
 * Linux only.
 */
export function placesOf(processes: readonly Pick<ProcessIdentity, "pid">[]): readonly Places[] {
  if (process.platform !== "linux") return [];
  return processes.map(({ pid }) => ({
    cwd: linkOf(`/proc/${pid}/cwd`),
    files: filesOf(pid).flatMap((fd) => linkOf(`/proc/${pid}/fd/${fd}`) ?? []),
  }));
}

function linkOf(path: string): string | undefined {
  try {
    const target = readlinkSync(path);
    return target.startsWith("/") ? target.replace(/ \(deleted\)$/, "") : undefined;
  } catch {
    // Ended while we looked, or another user's: its places cannot be read.
    return undefined;
  }
}

function filesOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
}
