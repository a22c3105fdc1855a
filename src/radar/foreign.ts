import { mkdir, readFile } from "node:fs/promises";
import type { Ground } from "../ground/ground.ts";
import { writeWhole } from "../ground/whole-file.ts";
import { isLive, type Track } from "../grow/track.ts";
import { trackFiles } from "../grow/track-files.ts";
import { formatForeignPaths } from "./overlap.ts";
import { recordScan } from "./radar-store.ts";
import type { Scan } from "./scan.ts";

/** Keeps what was seen of the tracks: in the store, and as `foreign.paths` for agents' hooks. */
export async function keepScan(
  { repo, store, clock }: Ground,
  scan: Scan,
  tracks: readonly Track[],
): Promise<void> {
  recordScan(store, scan, clock.now());
  for (const { name } of tracks.filter(isLive)) {
    const { folder, foreignPaths: file } = trackFiles(repo.stateDir, name);
    const text = formatForeignPaths(scan, name);
    const before = await readFile(file, "utf8").catch(() => undefined);
    if (before === text) continue;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    writeWhole(file, text);
  }
}
