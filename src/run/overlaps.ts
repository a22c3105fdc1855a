import { existsSync } from "node:fs";
import { join } from "node:path";
import { inBackground } from "../ground/background.ts";
import type { Config } from "../ground/config/config.ts";
import { messageOf } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { waitForChange } from "../ground/store/watch.ts";
import { keepScan, withoutRivals } from "../radar/foreign.ts";
import { openRadar } from "../radar/open.ts";
import { formatNotice, formatSoftNotice, type TrackOverlap } from "../radar/overlap.ts";
import { pulseOf, stampOf } from "../radar/pulse.ts";
import type { Radar } from "../radar/radar.ts";
import { recordHinted, recordTold, untoldBreaks, untoldOverlaps } from "../radar/radar-store.ts";
import type { Scan } from "../radar/scan.ts";
import { trackSubjects } from "../radar/subjects.ts";
import type { Breakage } from "../radar/symbols/may-break.ts";
import { TreeWatch } from "../radar/tree-watch.ts";
import { tellTrack } from "../talk/tell.ts";
import { recordBehind } from "../track/behind-store.ts";
import { isLive, type Track } from "../track/track.ts";
import { trackFiles } from "../track/track-files.ts";
import { allTracks } from "../track/track-store.ts";
import { comesBefore } from "./behind.ts";

/** Time between two looks at the files that show moving work, while a worker is active: 1 s. */
const pulseMs = 1_000;
/** Shortest time between two looks at the worktrees: 2 s. */
const restMs = 2_000;
/** Divisor of the time: looking takes at most a twentieth of it. */
const share = 20;
/**
 * Time between two looks, while a worker is active, although no file has told of a change, in ms: a
 * silent agent may write all the same. The less a look takes, the sooner; seldom where files are
 * watched.
 */
const blindMs = { least: 5_000, most: 30_000, watched: 60_000 };
const blindShare = 400;
const failedMs = 60_000;
const idleMs = 60_000;

/**
 * Follows the live tracks until it is stopped, and tells each two that come to conflict of each
 * other, once for each path. Runs no git while nothing moves. The run does not depend on it: an
 * error is told once, and the look tried again later.
 */
export function followOverlaps(
  ground: Ground,
  config: Config,
  order?: Order,
): { readonly stop: () => Promise<void> } {
  if (config.radar.action === "off") return { stop: async () => undefined };
  return inBackground(ground, "following the tracks", async (signal) => {
    const radar = openRadar(ground, config);
    await follow(ground, radar, { order, signal }).finally(() => radar.close());
  });
}

/** Maps a track to the track it waits for, the later of two (`radar.action = "hold-later"`). */
type Order = (tracks: readonly Track[]) => ReadonlyMap<TrackName, TrackName>;

interface Follow {
  readonly order: Order | undefined;
  readonly signal: AbortSignal;
}

async function follow(ground: Ground, radar: Radar, { order, signal }: Follow): Promise<void> {
  const { store, clock, git, repo } = ground;
  const said = new Set<string>();
  const watch = new TreeWatch(git, repo.commonDir);
  let changed = watch.next();
  let pulse = "";
  /** When the next look is allowed, and when it is due although no file has told of a change. */
  let [rested, blind] = [0, 0];
  while (!signal.aborted) {
    const since = store.version();
    const tracks = allTracks(store).filter((track) => isLive(track) && existsSync(track.worktree));
    const isMany = tracks.length > 1;
    const isWorking = isMany && tracks.some(({ at }) => at.state === "growing");
    const began = clock.monotonic();
    const beat = pulseOfAll(ground, tracks);
    const isDue = beat !== pulse || changed.aborted || (isWorking && began >= blind);
    if (isMany && isDue && began >= rested) {
      changed = watch.next();
      const look = async () => await watch.follow(await lookOnce(ground, radar, tracks, order));
      const [isWatched, why] = await look().then(
        (all) => [all, undefined] as const,
        (error: unknown) => [false, messageOf(error)] as const,
      );
      const now = clock.monotonic();
      rested = now + Math.max(why === undefined ? restMs : failedMs, (now - began) * share);
      blind = Math.max(rested, now + blindFor(now - began, isWatched));
      if (why === undefined) pulse = beat;
      else if (!said.has(why)) {
        said.add(why);
        store.transaction(() => store.append({ type: "radar.failed", why }));
      }
    }
    const isOwing = isMany && (beat !== pulse || changed.aborted);
    const limitMs = isWorking || isOwing ? pulseMs : idleMs;
    await waitForChange(store, clock, { since, limitMs, signal });
  }
  watch.close();
}

/** Computes how long to wait without news of a change until the next look. */
function blindFor(tookMs: number, isWatched: boolean): number {
  if (isWatched) return blindMs.watched;
  return Math.min(Math.max(blindMs.least, tookMs * blindShare), blindMs.most);
}

function pulseOfAll({ repo }: Ground, tracks: readonly Track[]): string {
  const target = tracks[0]?.target ?? "";
  const tips = [join(repo.commonDir, "refs/heads", target), join(repo.commonDir, "packed-refs")];
  return [
    ...tips.map(stampOf),
    ...tracks.map(({ name, worktree }) =>
      [name, pulseOf(worktree, [trackFiles(repo.stateDir, name).output])].join(),
    ),
  ].join("\n");
}

/** Looks at the tracks now, keeps the scan, and tells all that is new in it. */
export async function lookOnce(
  ground: Ground,
  radar: Radar,
  tracks: readonly Track[],
  order?: Order,
): Promise<Scan> {
  const scan = withoutRivals(await radar.scan(trackSubjects(tracks)), tracks);
  await keepScan(ground, scan, tracks);
  // Recorded before any worker is told: one that hears that it has to wait may end its turn at
  // once.
  if (order !== undefined) recordBehind(ground.store, order(tracks));
  for (const overlap of untoldOverlaps(ground.store, scan, tracks)) {
    const held = order === undefined ? undefined : laterOf(overlap, tracks);
    await tell(ground, scan, { overlap, tracks, held });
    recordTold(ground.store, overlap, { live: tracks, held });
  }
  for (const breakage of untoldBreaks(ground.store, scan, tracks)) {
    await hint(ground, breakage, tracks);
    recordHinted(ground.store, breakage, tracks);
  }
  return scan;
}

function laterOf({ tracks: names }: TrackOverlap, tracks: readonly Track[]): TrackName | undefined {
  const both = tracks.filter(({ name }) => names.includes(name));
  return both.toSorted((a, b) => (comesBefore(a, b) ? -1 : 1)).at(-1)?.name;
}

/** Tells both tracks; if killed before that is recorded, they are told again rather than never. */
async function tell(
  ground: Ground,
  { meetings }: Scan,
  {
    overlap,
    tracks,
    held,
  }: {
    readonly overlap: TrackOverlap;
    readonly tracks: readonly Track[];
    readonly held: TrackName | undefined;
  },
): Promise<void> {
  const meeting = meetings.find(({ names }) =>
    overlap.tracks.every((name) => names.includes(name)),
  );
  const both = tracks.filter(({ name }) => overlap.tracks.includes(name));
  if (meeting === undefined) return;
  for (const track of both) {
    const other = both.find((one) => one !== track);
    if (other === undefined) continue;
    const notice = formatNotice({
      ...{ meeting, paths: overlap.paths, reader: track.name, other, held },
    });
    await notify(ground, track, notice);
  }
}

/** Tells both tracks of an expected breakage. */
async function hint(
  ground: Ground,
  { names, breaks }: Breakage,
  tracks: readonly Track[],
): Promise<void> {
  const both = tracks.filter(({ name }) => names.includes(name));
  for (const track of both) {
    const other = both.find((one) => one !== track);
    if (other === undefined) continue;
    await notify(ground, track, formatSoftNotice({ breaks, reader: track.name, other }));
  }
}

/** Sends a message like any other, but no reason to begin a turn. */
async function notify(ground: Ground, track: Track, text: string): Promise<void> {
  const from = { kind: "radar" } as const;
  await tellTrack(ground, track, { from, text, replyTo: null, isNotice: true });
}
