import type { Sha, TrackName } from "../../ground/ids.ts";
import { hasOddBytes, plainLine } from "../../ground/text.ts";
import { intentOf } from "../../track/intent.ts";
import type { Track } from "../../track/track.ts";
import { findTrack } from "../../track/track-store.ts";
import type { LandingFacts, LandingVerdict } from "../landing/landing.ts";
import { landedSince } from "../landing/landing-store.ts";
import type { Site } from "../landing/site.ts";

/**
 * The target's commits that a track does not have, at the paths where they meet: by which track,
 * and with which intent.
 */
export interface OtherSide {
  readonly commits: readonly { readonly sha: string; readonly subject: string }[];
  readonly tracks: readonly { readonly name: TrackName; readonly intent: string }[];
}

const mostCommits = 12;

/**
 * Reads the commits from git, as a person's commits count as well, and their tracks from the
 * journal.
 */
export async function readOtherSide(site: Site, facts: LandingFacts): Promise<OtherSide> {
  const { tip, onto, verdict } = facts;
  if (tip === undefined || onto === undefined || verdict === undefined) {
    return { commits: [], tracks: [] };
  }
  const paths = verdict.outcome === "conflict" ? verdict.paths : [];
  return {
    commits: await readCommits(site, { tip, onto, paths }),
    tracks: readTracks(site, paths),
  };
}

async function readCommits(
  { git }: Site,
  { tip, onto, paths }: { tip: Sha; onto: Sha; paths: readonly string[] },
): Promise<OtherSide["commits"]> {
  const what = ["--no-merges", `--max-count=${mostCommits}`, "--format=%h%x00%s%x00"];
  // A name with odd bytes cannot be an argument of git; without any other name there is nothing to
  // ask.
  const named = paths.filter((path) => !hasOddBytes(path));
  if (named.length < paths.length && named.length === 0) return [];
  const range = [onto, "--not", tip, "--", ...named];
  const fields = await git.fields(["--literal-pathspecs", "log", "-z", ...what, ...range]);
  const words = fields.map((field) => field.trim()).filter((field) => field !== "");
  const commits = [];
  for (let at = 0; at + 1 < words.length; at += 2) {
    commits.push({ sha: words[at] ?? "", subject: words[at + 1] ?? "" });
  }
  return commits;
}

function readTracks({ ground, track }: Site, paths: readonly string[]): OtherSide["tracks"] {
  const meets = (landed: readonly string[]): boolean =>
    paths.length === 0 || landed.some((path) => paths.includes(path));
  const names = landedSince(ground.store, track.createdAt)
    .filter((landing) => landing.track !== track.name && meets(landing.paths))
    .map((landing) => landing.track);
  return [...new Set(names)].flatMap((name) => {
    const other = findTrack(ground.store, name);
    return other === undefined ? [] : [{ name, intent: intentOf(other) }];
  });
}

/**
 * Formats both sides' intent for the handoff. Pure; text of others is put on one line, without
 * control bytes.
 */
export function formatSides(
  track: Track,
  verdict: LandingVerdict,
  { commits, tracks }: OtherSide,
): readonly string[] {
  if (commits.length === 0 && tracks.length === 0) return [];
  const where = verdict.outcome === "conflict" ? " in these paths" : "";
  return [
    "## Both sides",
    "",
    `- yours: ${intentOf(track)}`,
    ...tracks.map(({ name, intent }) => `- landed meanwhile, ${name}: ${intent}`),
    ...commits.map(
      ({ sha, subject }) => `- new in ${track.target}${where}: ${sha} ${plainLine(subject)}`,
    ),
    "",
  ];
}
