import { existsSync } from "node:fs";
import type { Config } from "../ground/config/config.ts";
import { branchRef, findCommit, isAncestor } from "../ground/git/refs.ts";
import { readStatus } from "../ground/git/status.ts";
import type { Ground } from "../ground/ground.ts";
import type { Sha, TrackName } from "../ground/ids.ts";
import { withLease } from "../ground/store/lease.ts";
import { plainLine } from "../ground/text.ts";
import { appendInbox } from "../grow/delivery/inbox.ts";
import { touchedSince } from "../grow/worktree/touched.ts";
import { findLatestLanding } from "../land/landing/landing-store.ts";
import { rebaseInPlace } from "../land/weave/plain-rebase.ts";
import { tellTrack } from "../talk/tell.ts";
import { intentOf } from "../track/intent.ts";
import type { Track } from "../track/track.ts";
import { allTracks, findTrack } from "../track/track-store.ts";
import { isOver } from "../worker/worker.ts";
import { latestWorker } from "../worker/worker-store.ts";
import { recordNews, untoldLandings } from "./news-store.ts";

/**
 * Tells the live tracks of landings: by a line in the inbox of each, by a message to those that
 * change the same files and so are stale. If killed in between, they are told again rather than
 * never. Where the configuration says so, a stale track without a worker is brought onto the
 * target.
 * @param mayMove false for a track that is about to be worked on
 */
export async function tellOfLandings(
  ground: Ground,
  config: Config,
  mayMove: (track: TrackName) => boolean,
): Promise<void> {
  if (untoldLandings(ground.store).length === 0) return;
  // A run and a `pleach land` beside it see the same landing: one of them tells.
  await withLease(ground, "news", { waitMs: 0 }, async () => {
    await tellAll(ground, config, mayMove);
  });
}

async function tellAll(
  ground: Ground,
  config: Config,
  mayMove: (track: TrackName) => boolean,
): Promise<void> {
  const { store } = ground;
  const landings = untoldLandings(store);
  if (config.land.refresh !== "off") {
    for (const { track: name, commit, at } of landings) {
      const paths = findLatestLanding(store, name)?.paths ?? [];
      const landed = { name, commit, paths: paths.filter((path) => path !== config.tasks) };
      const others = allTracks(store).filter(
        (track) => track.name !== name && isGrowing(track) && track.createdAt <= at,
      );
      for (const track of others) {
        const moves = config.land.refresh === "rebase" && mayMove(track.name);
        await tell(ground, { track, landed, moves });
      }
    }
  }
  recordNews(store, landings.at(-1)?.seq ?? 0);
}

/**
 * Whether a track is told of landings: a ready one is brought onto the target by its own landing.
 */
function isGrowing({ at, worktree }: Track): boolean {
  const states: readonly string[] = ["growing", "handed-back", "needs-human"];
  return states.includes(at.state) && existsSync(worktree);
}

interface News {
  readonly track: Track;
  /** Whether it may be brought onto the target, if no worker is on it. */
  readonly moves: boolean;
  readonly landed: {
    readonly name: TrackName;
    readonly commit: Sha;
    readonly paths: readonly string[];
  };
}

async function tell(ground: Ground, { track, landed, moves }: News): Promise<void> {
  const head = await findCommit(ground.git, branchRef(track.branch));
  if (head === undefined || (await isAncestor(ground.git, landed.commit, head))) return;
  const touched = await touchedSince(ground.git, track);
  if (touched.kind === "unknown") return;
  const theirs = new Set<string>(landed.paths);
  const shared = touched.paths.filter((path) => theirs.has(path));
  const what = describe(ground, track, landed);
  if (shared.length === 0) {
    appendInbox(ground.repo, track, `## Landed: ${landed.name}\n\n${what}\n\n`);
    return;
  }
  if (moves && (await rebase(ground, track))) return;
  const paths = shared.slice(0, 10).map((path) => `- ${plainLine(path)}`);
  const text = [
    `## Landed in your files: ${landed.name}`,
    "",
    `${what} It changed what you change as well:`,
    ...paths,
    "",
    `When you have come to a good point, commit and run \`git rebase ${track.target}\`: what conflicts is easier to settle now than at the end.`,
  ].join("\n");
  await tellTrack(ground, track, {
    ...{ from: { kind: "landing" }, text, replyTo: null, isNotice: true },
  });
}

function describe({ store }: Ground, track: Track, { name, commit }: News["landed"]): string {
  const other = findTrack(store, name);
  const intent = other === undefined ? "" : ` (${intentOf(other)})`;
  return `Another worker's track ${name}${intent} is in ${track.target} now, as ${commit.slice(0, 10)}.`;
}

/** Rebases a track without a worker or uncommitted changes; a conflict leaves all as it was. */
async function rebase(ground: Ground, track: Track): Promise<boolean> {
  const worker = latestWorker(ground.store, track.name);
  if (worker !== undefined && !isOver(worker)) return false;
  const here = ground.git.at(track.worktree);
  const before = await readStatus(here, { untracked: "all" });
  if (before.branch !== track.branch || before.entries.length > 0) return false;
  if (!(await rebaseInPlace(here, track.target, track.target))) return false;
  const onto = await findCommit(ground.git, branchRef(track.target));
  ground.store.transaction(() =>
    ground.store.append({ type: "track.refreshed", track: track.name, onto: onto ?? null }),
  );
  return true;
}
