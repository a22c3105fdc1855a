import { readdirSync, readlinkSync } from "node:fs";
import type { ProcessIdentity } from "./identity.ts";

/** Where a process works, and what it has open: absolute paths. */
export interface Places {
  readonly cwd: string | undefined;
  readonly files: readonly string[];
}

/** The places of some processes. What has ended, or is not to be seen, has none. Linux only. */
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
    // Ended while we looked, or another user's: nothing can be told of it.
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
