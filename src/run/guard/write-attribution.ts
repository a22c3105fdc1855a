import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { Ground } from "../../ground/ground.ts";
import type { TrackName } from "../../ground/ids.ts";
import { findTree } from "../../ground/proc/find.ts";
import { placesOf } from "../../ground/proc/places.ts";
import { findStats } from "../../ground/stats.ts";
import { wary } from "../../ground/tree-folder.ts";
import { markOf } from "../../grow/turn/end-worker.ts";
import type { Track } from "../../track/track.ts";
import { trackFiles } from "../../track/track-files.ts";
import { latestWorker } from "../../worker/worker-store.ts";
import { everything, pathsNamed, type WriteClue } from "./stray-write.ts";

/** Time for which a path named by a tool counts as evidence: 30 s. */
const memoryMs = 30_000;
/** Most bytes read of a transcript's end. */
const tailBytes = 512 * 1024;

/** Reads workers' transcripts and open files, for evidence of who wrote in the user's checkout. */
export class WriteAttribution {
  readonly #ground: Ground;
  /** How far each transcript was read. */
  readonly #read = new Map<TrackName, number>();
  #recent: { readonly clue: WriteClue; readonly at: number }[] = [];

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /**
   * Lists the paths in the checkout that tools named lately: a call is told before its work shows.
   */
  named(tracks: readonly Track[]): readonly WriteClue[] {
    const now = this.#ground.clock.monotonic();
    const fresh = tracks.flatMap((track) => this.#named(track));
    this.#recent = this.#recent.filter(({ at }) => now - at < memoryMs);
    this.#recent.push(...fresh.map((clue) => ({ clue, at: now })));
    return this.#recent.map(({ clue }) => clue);
  }

  /**
   * Finds the workers that work in the checkout now, or have its files open; reads the process
   * table.
   */
  async holding(tracks: readonly Track[]): Promise<readonly WriteClue[]> {
    return (await Promise.all(tracks.map(async (track) => await this.#held(track)))).flat();
  }

  #named(track: Track): readonly WriteClue[] {
    const { transcript } = trackFiles(this.#ground.repo.stateDir, track.name);
    const { text, end } = readFrom(transcript, this.#read.get(track.name) ?? 0);
    this.#read.set(track.name, end);
    return text.split("\n").flatMap((line) => {
      const named = pathsNamed(line, (path) => resolve(track.worktree, path));
      return (named?.paths ?? []).flatMap((path) => {
        const inside = this.#inside(path);
        if (inside === undefined) return [];
        return [{ track: track.name, how: `its ${named?.tool} named it`, path: inside }];
      });
    });
  }

  async #held(track: Track): Promise<readonly WriteClue[]> {
    const worker = latestWorker(this.#ground.store, track.name);
    if (worker === undefined) return [];
    const tree = await findTree(markOf(worker.id));
    if (tree.kind === "unknown") return [];
    return placesOf(tree.processes).flatMap(({ cwd, files }) => {
      const open = files.flatMap((file) => this.#inside(file) ?? []);
      // A process in the checkout itself may write anywhere in it.
      const folder = cwd === undefined ? undefined : this.#inside(cwd);
      const at = cwd === this.#ground.repo.mainTop ? "" : folder;
      return [
        ...open.map((path) => ({ track: track.name, how: "its process has it open", path })),
        ...(at === undefined
          ? []
          : [
              {
                track: track.name,
                how: "its process works there",
                path: at === "" ? everything : `${at}/`,
              },
            ]),
      ];
    });
  }

  /**
   * Makes a path relative to the top of the checkout; undefined for one outside, or in git's own
   * folder.
   */
  #inside(path: string): string | undefined {
    const found = relative(this.#ground.repo.mainTop, path);
    const isOut = found === "" || found === ".." || found.startsWith("../");
    return isOut || found === ".git" || found.startsWith(".git/") ? undefined : found;
  }
}

/** Reads the whole lines appended since; a file that became smaller is read from its start. */
function readFrom(file: string, from: number): { readonly text: string; readonly end: number } {
  if (findStats(file)?.isFile() !== true) return { text: "", end: 0 };
  const descriptor = openSync(file, constants.O_RDONLY | wary);
  try {
    const { size } = fstatSync(descriptor);
    const begin = Math.max(size < from ? 0 : from, size - tailBytes);
    const chunk = Buffer.alloc(size - begin);
    const read = readSync(descriptor, chunk, 0, chunk.length, begin);
    // A line that is not whole yet is read with the next.
    const whole = chunk.subarray(0, chunk.subarray(0, read).lastIndexOf("\n") + 1);
    return { text: whole.toString(), end: begin + whole.length };
  } finally {
    closeSync(descriptor);
  }
}
