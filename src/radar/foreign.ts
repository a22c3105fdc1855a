import { mkdir, readFile } from "node:fs/promises";
import type { Ground } from "../ground/ground.ts";
import { writeWhole } from "../ground/whole-file.ts";
import { areRivals, isLive, type Track } from "../grow/track.ts";
import { trackFiles } from "../grow/track-files.ts";
import { formatForeignPaths } from "./overlap.ts";
import { recordScan } from "./radar-store.ts";
import type { Scan } from "./scan.ts";

/** What is seen between tracks of which only one is to land is nobody's matter. */
export function withoutRivals(scan: Scan, tracks: readonly Track[]): Scan {
  const apart = ({ names: [a, b] }: { readonly names: readonly [string, string] }): boolean => {
    const [one, other] = [a, b].map((name) => tracks.find((track) => track.name === name));
    return one === undefined || other === undefined || !areRivals(one, other);
  };
  return { ...scan, meetings: scan.meetings.filter(apart), breaks: scan.breaks.filter(apart) };
}

/** Keeps what was seen of the tracks: in the store, and as `foreign.paths` for agents' hooks. */
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
    const before = await readFile(file, "utf8").catch(() => undefined);
    if (before === text) continue;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    writeWhole(file, text);
  }
}
