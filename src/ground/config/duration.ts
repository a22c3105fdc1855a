const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The pattern of a duration: `90s`, `10m`, `2h`, `7d`. */
export const durationPattern = /^(\d{1,6})([smhd])$/;

/**
 * Reads a duration.
 * @returns milliseconds; undefined when the text is no duration
 */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = durationPattern.exec(text) ?? [];
  if (count === undefined || unit === undefined) return undefined;
  return Number(count) * units[unit as keyof typeof units];
}
