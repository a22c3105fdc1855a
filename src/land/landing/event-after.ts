import { assertNever } from "../../ground/errors.ts";
import type { Track, TrackEvent } from "../../track/track.ts";
import { isHandBack, isOwnDoing, type LandingFacts, type LandingVerdict } from "./landing.ts";

/** Decides which event the track gets when a landing is over without having landed. */
export function eventAfter(
  track: Track,
  facts: LandingFacts,
  verdict: LandingVerdict,
  tries: number,
): TrackEvent | undefined {
  const landing = track.at.state === "landing";
  if (!isOwnDoing(facts)) return backToReady(track);
  if (isHandBack(verdict) && landing) {
    const kind = verdict.outcome === "conflict" ? "conflict" : "red";
    const [first] = verdict.failing ?? [];
    const told = first === undefined ? {} : { first };
    if (track.tries < tries) {
      return { type: "track.handed-back", kind, paths: verdict.paths, ...told };
    }
    const detail = `handed back ${track.tries} times, and again: ${verdict.detail}`;
    return { type: "track.blocked", reason: "tries", detail };
  }
  if (verdict.human !== undefined && canBeBlocked(track)) {
    const { human: reason, detail, hint } = verdict;
    return { type: "track.blocked", reason, detail, hint };
  }
  return backToReady(track);
}

function backToReady({ at }: Track): TrackEvent | undefined {
  return at.state === "landing" ? { type: "track.ready", tip: at.tip } : undefined;
}

/**
 * Whether the track may be blocked: a worker at work is not blocked by a landing that was tried too
 * early.
 */
function canBeBlocked(track: Track): boolean {
  switch (track.at.state) {
    case "ready":
    case "landing":
    case "handed-back":
    case "needs-human":
      return true;
    case "planned":
    case "provisioning":
    case "growing":
    case "held":
    case "landed":
    case "failed":
    case "dropped":
    case "restored":
      return false;
    default:
      return assertNever(track.at);
  }
}
