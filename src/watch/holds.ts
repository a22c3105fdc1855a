import type { EpochMs } from "../ground/clock.ts";
import { cut, type Paper, paint } from "../ground/paper.ts";
import { plainLine } from "../ground/text.ts";
import { formatWhen } from "../ground/when.ts";
import type { Hold } from "../grow/limits/hold.ts";
import type { Track } from "../track/track.ts";
import { formatElapsed } from "./live.ts";

/** Chooses the holds to show: an opening account is none once no track waits for it. */
export function holdsToShow(
  holds: readonly Hold[],
  tracks: readonly Pick<Track, "at">[],
): readonly Hold[] {
  const waits = ({ account }: Hold): boolean =>
    tracks.some(({ at }) => at.state === "held" && "account" in at && at.account === account);
  return holds.filter((hold) => hold.at.state !== "easing" || waits(hold));
}

/** Says in words when a held account lets a track in again. Pure. */
export function formatOpening({ at, opens, reopens }: Hold, now: EpochMs): string {
  if (at.state === "tried") return `${at.by} tries it now`;
  if (at.state === "easing") return "open again, one after the other";
  if (opens === null) return "until the next run";
  const what = reopens === null ? "tried again" : "opens";
  return `${what} ${formatWhen(opens, now)}, in ${formatElapsed(opens - now)}`;
}

/** Formats a line for each hold: account, kind, opening time, and the program's own words. Pure. */
export function formatHolds(holds: readonly Hold[], now: EpochMs, paper: Paper): readonly string[] {
  return holds.map((hold) => {
    const head = `held: ${hold.account} (${hold.kind}), ${formatOpening(hold, now)}`;
    return paint(cut(plainLine(`${head}: ${hold.why}`), paper.width), "yellow", paper);
  });
}

/** Lists holds as `ls --json` does; times are ISO. Nothing in them is secret. */
export function listHolds(holds: readonly Hold[]): readonly object[] {
  const iso = (at: EpochMs | null): string | null =>
    at === null ? null : new Date(at).toISOString();
  return holds.map(({ account, kind, why, since, reopens, opens, strikes, at }) => ({
    ...{ account, kind, why, since: iso(since), reopens: iso(reopens), opens: iso(opens), strikes },
    state: at.state,
  }));
}
