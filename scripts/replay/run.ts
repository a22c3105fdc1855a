import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Dice } from "./dice.ts";
import type { Scene } from "./scene.ts";

/** An event of the journal, as far as the replay reads it. */
export interface RunEvent {
  readonly type: string;
  readonly track?: string;
  readonly seed?: {
    readonly name: string;
    readonly base: string;
    readonly tasks: readonly { readonly id: string }[];
  };
  readonly kind?: string;
  readonly commit?: string;
}

/** The last line of `pleach run --json`. */
export interface Finished {
  readonly type: "run.finished";
  readonly notLanded: readonly { readonly track: string; readonly reason: string }[];
  readonly seconds: number;
  readonly sequentialSeconds: number;
}

export interface Ran {
  readonly exitCode: number | null;
  /** The whole journal. */
  readonly events: readonly RunEvent[];
  readonly finished: Finished | undefined;
  /** How often the run was killed. */
  readonly kills: number;
  /** The run's output beside its events. */
  readonly said: string;
}

export interface RunWish {
  readonly workers: number;
  /** How often to kill the run at random moments, and to start it again. */
  readonly kills: number;
  readonly dice: Dice;
}

const launcher = join(import.meta.dirname, "../../bin/pleach.js");
const limitMs = 20 * 60_000;
/** The longest life of a run that is to be killed, in milliseconds. */
const maxLifeMs = 15_000;

/** Runs the built program as a user does, with user folders of its own. */
export function runPleach({ scratch, git }: Scene, { workers, kills, dice }: RunWish): Ran {
  const user = join(scratch, "user");
  const pleach = (args: readonly string[], timeout: number) =>
    spawnSync(process.execPath, [launcher, ...args], {
      cwd: git.folder,
      env: { ...process.env, XDG_CONFIG_HOME: user, XDG_STATE_HOME: user },
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
      timeout,
      killSignal: "SIGKILL",
    });
  const args = ["run", "--yes", "--json", "--workers", String(workers)];
  let killed = 0;
  for (; killed < kills; killed += 1) {
    if (pleach(args, 1_000 + dice.below(maxLifeMs)).signal !== "SIGKILL") break;
  }
  const { status: exitCode, stdout, stderr } = pleach(args, limitMs);
  writeFileSync(join(scratch, "run.ndjson"), stdout);
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  const journal = pleach(["events"], limitMs).stdout.split("\n");
  return {
    exitCode,
    events: journal.filter((line) => line !== "").map((line) => JSON.parse(line) as RunEvent),
    // A run that never began prints one document instead: the error.
    finished: last.includes('"run.finished"') ? (JSON.parse(last) as Finished) : undefined,
    kills: killed,
    said: last.includes('"run.finished"') ? stderr : stdout + stderr,
  };
}
