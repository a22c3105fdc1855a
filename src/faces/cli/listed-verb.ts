import type { Verb } from "./verb.ts";

/** A verb as the list knows it: enough for `pleach --help`, the rest is loaded when it is used. */
export interface ListedVerb {
  readonly name: string;
  /** Imperative, one line, no period. */
  readonly summary: string;
  /** Called by programs (git, the host, a shell), not by people. */
  readonly hidden?: true;
  /** Runs when no verb is named. */
  readonly bare?: true;
  readonly load: () => Promise<Verb>;
}
