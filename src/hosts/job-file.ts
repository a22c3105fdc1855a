import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { become } from "../ground/proc/become.ts";
import type { Argv, ExactEnv } from "../ground/proc/run.ts";
import { writeWhole } from "../ground/whole-file.ts";

/*
 * A host that starts programs from a server of its own gives them that server's environment. Such a
 * host therefore starts Pleach, which reads the job from a private file, deletes it, and becomes
 * the job: the variables, with whatever secrets they hold, stand on no command line, and nothing of
 * the server's environment gets through.
 */

export interface Job {
  readonly argv: Argv;
  readonly env: ExactEnv;
}

const jobSchema = z.object({
  argv: z.tuple([z.string()], z.string()),
  env: z.record(z.string(), z.string()),
});

export function writeJob(file: string, job: Job): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeWhole(file, JSON.stringify(job));
}

/** The variables that name the terminal: they come from the pane, never from the asking process. */
const terminalNames = ["TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION"];

/**
 * Returns the environment of a job in a terminal: its own, but for what names the terminal. Pure.
 */
export function environmentIn(pane: ExactEnv, job: ExactEnv): ExactEnv {
  const names = new Set(terminalNames);
  const own = Object.entries(job).filter(([name]) => !names.has(name));
  const given = Object.entries(pane).filter(([name]) => names.has(name));
  return Object.fromEntries([...own, ...given]);
}

/**
 * Becomes the job of a file, and deletes the file. @throws when there is no such file or program
 */
export function becomeJob(file: string, pane: ExactEnv): never {
  const text = readFileSync(file, "utf8");
  rmSync(file);
  const { argv, env } = jobSchema.parse(JSON.parse(text));
  return become(argv, environmentIn(pane, env));
}
