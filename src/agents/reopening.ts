import type { EpochMs } from "../ground/clock.ts";

/** The time at which the words were said, and the zone (an IANA name) of a time without a zone. */
export interface Saying {
  readonly now: EpochMs;
  readonly zone: string;
}

/**
 * The largest distance of a limit's reset, in milliseconds; a time further away is a misreading.
 */
const furthestMs = 35 * 86_400_000;
/**
 * The tolerance for a clock time, which is said to the minute: within it, a past time is today's,
 * not tomorrow's.
 */
const justPastMs = 5 * 60_000;

const unitMs: readonly (readonly [pattern: RegExp, ms: number])[] = [
  [/^d(?:ays?)?$/, 86_400_000],
  [/^h(?:ours?|rs?)?$/, 3_600_000],
  [/^m(?:in(?:ute)?s?)?$/, 60_000],
  [/^s(?:ec(?:ond)?s?)?$/, 1_000],
  [/^(?:ms|milliseconds?)$/, 1],
];

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

/**
 * Reads when an account opens again, from a program's words about its limit: an ISO time, seconds
 * since 1970, "in 3 hours", "retry-after: 30", "at 3:39 AM", "resets Oct 5, 3pm (Europe/London)".
 * Pure; null when no time is named, or none that can be meant.
 */
export function readReopening(text: string, saying: Saying): EpochMs | null {
  const found =
    isoTime(text) ?? unixTime(text) ?? duration(text, saying) ?? clockTime(text, saying);
  if (found === undefined || !Number.isFinite(found)) return null;
  const away = found - saying.now;
  return away > furthestMs || away < -justPastMs ? null : found;
}

function isoTime(text: string): EpochMs | undefined {
  const iso = /\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)/.exec(text);
  return iso === null ? undefined : Date.parse(iso[0]);
}

/** Reads the form of Claude Code: `usage limit reached|1800000000`. */
function unixTime(text: string): EpochMs | undefined {
  const [, seconds] = /\|(\d{10})\b/.exec(text) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}

const lead = String.raw`\b(?:in|after|retry[- ]after)\b[:=]?\s*`;
const part = String.raw`(\d+(?:\.\d+)?)\s*(days?|hours?|hrs?|minutes?|mins?|milliseconds?|seconds?|secs?|ms|[dhms])\b`;
const lengths = new RegExp(String.raw`${lead}((?:${part}(?:,?\s*(?:and\s+)?)?)+)`, "i");
const bareSeconds = /\bretry[- ]after\b[:=]?\s*(\d+)(?![\d.]*\s*[a-z])/i;

function duration(text: string, { now }: Saying): EpochMs | undefined {
  const [, said] = lengths.exec(text.replace(/(\d[hms])(?=\d)/gi, "$1 ")) ?? [];
  if (said === undefined) {
    const [, seconds] = bareSeconds.exec(text) ?? [];
    return seconds === undefined ? undefined : now + Number(seconds) * 1_000;
  }
  const parts = [...said.matchAll(new RegExp(part, "gi"))];
  return parts.reduce((total, [, count, unit = ""]) => {
    const ms = unitMs.find(([pattern]) => pattern.test(unit.toLowerCase()))?.[1] ?? 0;
    return total + Number(count) * ms;
  }, now);
}

const clock = new RegExp(
  [
    String.raw`\b(?:at|resets?(?: at| on)?|until)\s+`,
    String.raw`(?:(?<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(?<day>\d{1,2})(?:st|nd|rd|th)?,?\s*(?<year>\d{4})?,?\s*(?:at\s+)?)?`,
    String.raw`(?:(?<hour>\d{1,2})(?::(?<minute>\d\d)(?::\d\d)?)?\s*(?<half>[ap]\.?m\b)?)?`,
    String.raw`(?:\s*\((?<zone>[A-Za-z_]+(?:\/[A-Za-z_+\-0-9]+)*)\))?`,
  ].join(""),
  "gi",
);

interface Day {
  readonly year: number;
  /** The month, from 0. */
  readonly month: number;
  readonly day: number;
}

function clockTime(text: string, { now, zone: local }: Saying): EpochMs | undefined {
  for (const { groups = {} } of text.matchAll(clock)) {
    const { month, day, year, hour, minute, half } = groups;
    if (month === undefined && (hour === undefined || (minute ?? half) === undefined)) continue;
    const zone = offsetIn(groups["zone"], now) === undefined ? local : (groups["zone"] ?? local);
    const hours =
      (Number(hour ?? 0) % (half === undefined ? 24 : 12)) + (/^p/i.test(half ?? "") ? 12 : 0);
    const at = (on: Day): EpochMs => instant(on, hours * 60 + Number(minute ?? 0), zone);
    const today = dayIn(zone, now);
    if (month === undefined) {
      const time = at(today);
      return time < now - justPastMs ? at({ ...today, day: today.day + 1 }) : time;
    }
    const on = { month: months.indexOf(month.slice(0, 3).toLowerCase()), day: Number(day) };
    const time = at({ ...on, year: Number(year ?? today.year) });
    const isPast = year === undefined && time < now - justPastMs;
    return isPast ? at({ ...on, year: today.year + 1 }) : time;
  }
  return undefined;
}

/** Finds the instant at which clocks in a zone show a number of minutes of a day. */
function instant({ year, month, day }: Day, minutes: number, zone: string): EpochMs {
  const shown = Date.UTC(year, month, day, 0, minutes);
  const guess = shown - (offsetIn(zone, shown) ?? 0);
  return shown - (offsetIn(zone, guess) ?? 0);
}

function dayIn(zone: string, at: EpochMs): Day {
  const shown = new Date(at + (offsetIn(zone, at) ?? 0));
  return { year: shown.getUTCFullYear(), month: shown.getUTCMonth(), day: shown.getUTCDate() };
}

/** Measures how far clocks in a zone are ahead of UTC, in milliseconds; undefined for no zone. */
function offsetIn(zone: string | undefined, at: EpochMs): number | undefined {
  if (zone === undefined) return undefined;
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      ...{ timeZone: zone, hourCycle: "h23" },
      ...{ year: "numeric", month: "numeric", day: "numeric" },
      ...{ hour: "numeric", minute: "numeric", second: "numeric" },
    });
    const shown = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const figure = (type: Intl.DateTimeFormatPartTypes): number => shown.get(type) ?? 0;
    const wall = Date.UTC(
      ...([figure("year"), figure("month") - 1, figure("day")] as const),
      ...([figure("hour"), figure("minute"), figure("second")] as const),
    );
    return wall - Math.floor(at / 1_000) * 1_000;
  } catch {
    return undefined;
  }
}
