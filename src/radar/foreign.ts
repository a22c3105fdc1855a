import { mkdir, readFile } from "node:fs/promises";
import type { Ground } from "../ground/ground.ts";
import { decoded, encoded } from "../ground/text.ts";
import { writeWhole } from "../ground/whole-file.ts";
import { areRivals, isLive, type Track } from "../track/track.ts";
import { trackFiles } from "../track/track-files.ts";
import { formatForeignPaths } from "./overlap.ts";
import { recordScan } from "./radar-store.ts";
import type { Scan } from "./scan.ts";

/** Lists pairs of tracks of which only one is to land, as their names. */
export function rivalsAmong(tracks: readonly Track[]): readonly (readonly [string, string])[] {
  return tracks.flatMap((one, at) =>
    tracks
      .slice(at + 1)
      .flatMap((other) => (areRivals(one, other) ? [[one.name, other.name] as const] : [])),
  );
}

/**
 * Removes from a scan what is seen between rivals: tracks of which only one is to land need no
 * warning.
 */
export function withoutRivals(scan: Scan, tracks: readonly Track[]): Scan {
  const rivals = new Set(rivalsAmong(tracks).flatMap(([a, b]) => [`${a}\0${b}`, `${b}\0${a}`]));
  const apart = ({ names }: { readonly names: readonly [string, string] }): boolean =>
    !rivals.has(names.join("\0"));
  return { ...scan, meetings: scan.meetings.filter(apart), breaks: scan.breaks.filter(apart) };
}

/** Keeps the scan of the tracks: in the store, and as `foreign.paths` for agents' hooks. */
export async function keepScan(
  { repo, store, clock }: Ground,
  scan: Scan,
  tracks: readonly Track[],
): Promise<void> {
  recordScan(store, scan, clock.now());
  for (const track of tracks.filter(isLive)) {
    const { folder, foreignPaths: file } = trackFiles(repo.stateDir, track.name);
    const rivals = tracks.filter((other) => areRivals(track, other)).map(({ name }) => name);
    const text = formatForeignPaths(scan, [track.name, ...rivals]);
    const before = await readFile(file)
      .then(decoded)
      .catch(() => undefined);
    if (before === text) continue;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    writeWhole(file, encoded(text));
  }
}
