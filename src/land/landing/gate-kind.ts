/** The purposes of a gate; the kill tests die at the begin and at the end of each of them. */
export const gateKinds = [
  /** A track by itself on the target's tip. */
  "alone",
  /** A few untried tracks together: all green at once, or each to be gated by itself. */
  "group",
  /** Path-disjoint tracks that have passed by themselves, together. */
  "union",
  /** The tree of a red union once more, to tell bad luck from a failure. */
  "again",
  /** The first few tracks of a red union, to find out where it turns red. */
  "part",
  /** Tracks on top of a gate that still runs, as if that gate had landed. */
  "ahead",
] as const;
export type GateKind = (typeof gateKinds)[number];

/** How many tracks were red by themselves, of how many that were gated. */
export interface GateRecord {
  readonly red: number;
  readonly of: number;
}

/** The record that a repository without any gate so far starts with: one track in five is red. */
export const presumed: GateRecord = { red: 1, of: 5 };
