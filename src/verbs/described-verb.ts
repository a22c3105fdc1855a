/** The condition of a rule: always, with an option, or as the command and the track stand. */
export type When =
  | "always"
  | `--${string}`
  /** The configuration wants a person's review before anything lands. */
  | "under review"
  /** The command names a track that waits for a person's decision. */
  | "for a track that waits for a person"
  /** The command names the person as its receiver. */
  | "for human";

/** The exceptions to the rule that anybody may say a verb. */
export interface Leave {
  /** When only the person may. */
  readonly person?: readonly When[];
  /** When only the worker of that very track may, besides the person. */
  readonly ownTrack?: readonly When[];
}

/** A verb as every face knows it. */
export interface DescribedVerb {
  readonly name: string;
  /** Imperative, one line, no period. */
  readonly summary: string;
  /** Whether the verb can change anything: a track, a file, the state, a message. */
  readonly effect: "reads" | "changes";
  /** The schema in docs/schema of the document that `--json` prints; null for a verb without one. */
  readonly document: string | null;
  readonly leave: Leave;
  /** Called by programs (git, the host, a shell), not by people. */
  readonly hidden?: true;
  /** Runs when no verb is named. */
  readonly bare?: true;
}

export const anybody: Leave = {};
export const person: Leave = { person: ["always"] };
export const waiting = "for a track that waits for a person";
