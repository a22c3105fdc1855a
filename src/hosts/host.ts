import type { ProcessIdentity } from "../ground/proc/identity.ts";
import type { Argv, ExactEnv } from "../ground/proc/run.ts";

/** The places there are. */
export const hostNames = ["headless", "tmux"] as const;
export type HostName = (typeof hostNames)[number];

/** What a person asks for; `auto` goes by the mode. */
export const hostWishes = ["auto", ...hostNames] as const;
export type HostWish = (typeof hostWishes)[number];

/** A program to be run somewhere; it outlives the one who asks for it. */
export interface HostJob {
  /** Unlike that of any other job: part of a file's name. */
  readonly id: string;
  /** What a person knows it by: the track. */
  readonly label: string;
  readonly argv: Argv;
  readonly cwd: string;
  readonly env: ExactEnv;
  /** Where what it prints goes, appended, when no terminal takes it. */
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
