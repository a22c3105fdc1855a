import type { ProcessIdentity } from "../ground/proc/identity.ts";
import type { Argv, ExactEnv } from "../ground/proc/run.ts";

/** The names of all hosts. */
export const hostNames = ["headless", "tmux"] as const;
export type HostName = (typeof hostNames)[number];

/** The hosts a person can ask for; `auto` goes by the mode. */
export const hostWishes = ["auto", ...hostNames] as const;
export type HostWish = (typeof hostWishes)[number];

/** A program to be run in a host; it outlives the process that asks for it. */
export interface HostJob {
  /** The id of the job, unlike any other job's: part of a file's name. */
  readonly id: string;
  /** The name by which a person knows the job: its track. */
  readonly label: string;
  readonly argv: Argv;
  readonly cwd: string;
  readonly env: ExactEnv;
  /** The file its output is appended to when no terminal takes it. */
  readonly outputFile: string;
}

export type Hosted =
  | { readonly kind: "started"; readonly process: ProcessIdentity }
  | { readonly kind: "failed-to-start"; readonly why: string };

/** A place to run: it only ever has to run this argv here. */
export interface Host {
  readonly name: HostName;
  start(job: HostJob): Promise<Hosted>;
}
