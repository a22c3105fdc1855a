import { readdirSync, readFileSync } from "node:fs";
import type { Scene } from "./scene.ts";

export type Role = "run" | "supervisor" | "verb" | "agent" | "gate" | "git" | "other";

export interface Seen {
  readonly pid: number;
  readonly role: Role;
  readonly words: string;
}

/** Lists all processes of a round, by the mark in their environment. */
export function processesOf({ folder }: Scene): readonly Seen[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      const environment = `\0${readFileSync(`/proc/${pid}/environ`, "latin1")}`;
      if (!environment.includes(`\0TORTURE=${folder}\0`)) return [];
      const state = readFileSync(`/proc/${pid}/stat`, "latin1");
      if (/\) [ZX] /.test(state)) return [];
      const words = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0").join(" ").trim();
      return [{ pid, role: roleOf(words), words }];
    } catch {
      return [];
    }
  });
}

function roleOf(words: string): Role {
  if (words.includes("pleach.js supervise")) return "supervisor";
  if (words.includes("pleach.js run")) return "run";
  if (words.includes("pleach.js")) return "verb";
  if (words.includes("gate.sh")) return "gate";
  if (words.includes("agent.sh")) return "agent";
  return /^(\S*\/)?git /.test(words) ? "git" : "other";
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // The process has ended meanwhile.
  }
}
