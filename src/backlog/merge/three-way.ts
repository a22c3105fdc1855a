import type { OutlineLine } from "../outline.ts";

/** A question's answers in three versions. */
export interface Three<Value> {
  readonly base: Value;
  readonly ours: Value;
  readonly theirs: Value;
}

/** Returns the changed value; undefined when both sides changed it to different values. */
export function threeWay<Value>({ base, ours, theirs }: Three<Value>): Value | undefined {
  if (ours === theirs || theirs === base) return ours;
  return ours === base ? theirs : undefined;
}

export const mapThree = <From, To>(three: Three<From>, map: (value: From) => To): Three<To> => ({
  base: map(three.base),
  ours: map(three.ours),
  theirs: map(three.theirs),
});

export interface MarkerStyle {
  readonly eol: string;
  readonly markerSize: number;
}

/** Writes conflict markers as git does. */
export function markConflict(
  ours: readonly OutlineLine[],
  theirs: readonly OutlineLine[],
  { eol, markerSize }: MarkerStyle,
): readonly OutlineLine[] {
  const mark = (sign: string, label: string): OutlineLine => ({
    text: sign.repeat(markerSize) + label,
    eol,
  });
  return [mark("<", " ours"), ...ours, mark("=", ""), ...theirs, mark(">", " theirs")];
}
