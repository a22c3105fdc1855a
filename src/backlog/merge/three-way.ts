import type { OutlineLine } from "../outline.ts";

/** The same question put to three versions of something. */
export interface Three<Value> {
  readonly base: Value;
  readonly ours: Value;
  readonly theirs: Value;
}

/** Who changed it wins; both to different things: undefined. */
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

/** Conflict markers as git writes them. */
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
