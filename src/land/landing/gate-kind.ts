/** What a gate is run for; the kill tests die at the begin and at the end of each of them. */
export const gateKinds = [
  /** A track by itself on the target's tip. */
  "alone",
  /** A few of which nothing is known, together: all green at once, or each to be gated by itself. */
  "group",
  /** Path-disjoint tracks that have passed by themselves, together. */
  "union",
  /** The same tree once more, because a union was red: bad luck, or not. */
  "again",
  /** The first so many of a red union, to find out where it turns red. */
  "part",
  /** On top of a gate that still runs, as if that one had landed. */
  "ahead",
] as const;
export type GateKind = (typeof gateKinds)[number];

/** How many tracks were red by themselves, of how many that were gated. */
export interface GateRecord {
  readonly red: number;
  readonly of: number;
}

/** What is presumed of a repository without any gate so far: one in five is red. */
export const presumed: GateRecord = { red: 1, of: 5 };
