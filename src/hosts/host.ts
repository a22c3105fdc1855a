import type { ProcessIdentity } from "../ground/proc/identity.ts";
import type { Argv, ExactEnv } from "../ground/proc/run.ts";

/** A program to be run somewhere; it outlives the one who asks for it. */
export interface HostJob {
  readonly argv: Argv;
  readonly cwd: string;
  readonly env: ExactEnv;
  /** Where what it prints goes, appended. */
  readonly outputFile: string;
}

export type Hosted =
  | { readonly kind: "started"; readonly process: ProcessIdentity }
  | { readonly kind: "failed-to-start"; readonly why: string };

/** A place to run: it only ever has to run this argv here. */
export interface Host {
  readonly name: string;
  start(job: HostJob): Promise<Hosted>;
}
