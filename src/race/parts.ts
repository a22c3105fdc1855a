import { rmSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { changesBetween } from "../ground/git/changes.ts";
import { branchRef, deleteRef } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import {
  asBranchName,
  type ProgramId,
  parseSha,
  parseTrackName,
  type Sha,
  type TrackName,
} from "../ground/ids.ts";
import { withLease } from "../ground/store/lease.ts";
import { plainLine } from "../ground/text.ts";
import { addWorktree, discardWorktree, requireFree } from "../grow/worktree/worktree.ts";
import { stretchOf } from "../land/weave/stretch.ts";
import { matches, parseGlob } from "../predict/paths/glob.ts";
import type { Track, TrackSeed } from "../track/track.ts";
import { recordTrack, requireTrack } from "../track/track-store.ts";
import type { Race } from "./race.ts";

/** Files of one candidate that go into the composed track. */
export type Part = { readonly track: TrackName; readonly globs: readonly string[] };

/**
 * Reads `base-1:src/a.ts` and `base-2:test/**`, one candidate and one glob each.
 * @throws PleachError `race/parts` (usage)
 */
export function parseParts(texts: readonly string[]): readonly Part[] {
  const parts = new Map<TrackName, string[]>();
  for (const text of texts) {
    const at = text.indexOf(":");
    const glob = text.slice(at + 1);
    if (at < 1 || glob === "" || glob.startsWith("/")) {
      throw badParts(`${JSON.stringify(text)} does not name a candidate and its files`);
    }
    const track = parseTrackName(text.slice(0, at));
    parts.set(track, [...(parts.get(track) ?? []), glob]);
  }
  return [...parts].map(([track, globs]) => ({ track, globs }));
}

function badParts(message: string): PleachError {
  return new PleachError({
    code: "race/parts",
    message,
    hint: "pleach pick --parts base-1:src/a.ts 'base-2:test/**' takes files of both",
    exitCode: ExitCode.usage,
  });
}

/** Builds the seed of a track that is composed of parts. */
export function partsSeed(
  config: { readonly worktrees: { readonly root: string } },
  race: Race,
  like: Track,
): TrackSeed {
  const name = parseTrackName(`${race.name}-${race.candidates.length + 1}`);
  const { target, tasks, footprint, agent, mode, host, permissions, prompt } = like;
  return {
    ...{ name, branch: asBranchName(`work/${name}`), worktree: join(config.worktrees.root, name) },
    ...{ base: race.base, target, tasks, footprint, agent, mode, host, permissions, prompt },
  };
}

interface Entry {
  readonly path: string;
  /** The entry's line for `git update-index --index-info`. */
  readonly line: string;
}

/**
 * Makes the commit with those files as each candidate has them; no worktree is touched.
 * @throws PleachError `race/parts` when two candidates give the same file, or one gives none
 * (usage)
 */
export async function composeParts(
  ground: Ground,
  race: Race,
  parts: readonly Part[],
): Promise<Sha> {
  const chosen = new Map<string, Entry & { readonly track: TrackName }>();
  for (const { track, globs } of parts) {
    for (const entry of await entriesOf(ground, requireTrack(ground.store, track), globs)) {
      const other = chosen.get(entry.path);
      if (other !== undefined) {
        throw badParts(`${entry.path} is asked of both ${other.track} and ${track}`);
      }
      chosen.set(entry.path, { ...entry, track });
    }
  }
  const index = join(ground.repo.stateDir, `parts-${race.name}.index`);
  const git = ground.git.at(ground.repo.mainTop);
  const env = { GIT_INDEX_FILE: index };
  try {
    await git.text(["read-tree", race.base], { env });
    const input = [...chosen.values()].map(({ line }) => `${line}\0`).join("");
    await git.text(["update-index", "-z", "--index-info"], { env, input });
    const tree = parseSha(await git.text(["write-tree"], { env }));
    const from = parts.map(({ track }) => track).join(", ");
    const message = `Take parts of ${from}\n\n${[...chosen.values()].map(({ path, track }) => `* ${plainLine(path)}: ${track}`).join("\n")}\n`;
    return parseSha(
      await git.text(["commit-tree", tree, "-p", race.base], { env, input: message }),
    );
  } finally {
    rmSync(index, { force: true });
  }
}

async function entriesOf(
  ground: Ground,
  track: Track,
  globs: readonly string[],
): Promise<readonly Entry[]> {
  const stretch = await stretchOf(ground, track);
  const wanted = globs.map(parseGlob);
  const changes =
    stretch === undefined ? [] : await changesBetween(ground.git, stretch.from, stretch.to);
  const entries = changes
    .filter(({ path }) => wanted.some((glob) => matches(glob, path)))
    // Mode 0 takes a path away.
    .map(({ path, before, after }) => {
      return { path, line: `${after?.mode ?? "0"} ${(after ?? before)?.sha}\t${path}` };
    });
  if (entries.length > 0) return entries;
  throw badParts(`${track.name} changes no file that matches ${globs.join(", ")}`);
}

/**
 * Makes the track of a composed commit, ready and without a worker.
 * @throws PleachError when its folder or its branch is taken, or cannot be made
 */
export async function cutParts(
  ground: Ground,
  seed: TrackSeed,
  { commit, id }: { readonly commit: Sha; readonly id: ProgramId },
): Promise<void> {
  const held = await withLease(ground, "worktrees", { waitMs: 60_000 }, async () => {
    await requireFree(ground, seed);
    const failed = await addWorktree(ground, seed, id);
    if (failed !== undefined) return failed;
    const git = ground.git.at(seed.worktree);
    await git.text(["merge", "--quiet", "--ff-only", commit]);
    return undefined;
  });
  const failed = held.kind === "held" ? held.result : "another process makes a worktree";
  if (failed === undefined) return;
  await discardParts(ground, seed, { commit, id });
  throw new PleachError({
    code: "race/cut",
    message: `the track of the parts could not be made: ${failed}`,
    hint: "mend it, then run the same command again; nothing was left behind",
    exitCode: ExitCode.failed,
  });
}

/** Takes away the work of `cutParts`, whole or half; the candidates still have all of it. */
export async function discardParts(
  ground: Ground,
  seed: Pick<TrackSeed, "branch" | "worktree" | "base">,
  { commit, id }: { readonly commit: Sha; readonly id: ProgramId },
): Promise<void> {
  await discardWorktree(ground, seed, id);
  await deleteRef(ground.git.at(ground.repo.mainTop), branchRef(seed.branch), commit);
}

/** Records the track's whole life so far, in one transaction: no worker is on it. */
export function recordParts(ground: Ground, seed: TrackSeed, tip: Sha): void {
  recordTrack(ground, seed.name, { type: "track.planned", seed });
  recordTrack(ground, seed.name, { type: "track.provisioning" });
  recordTrack(ground, seed.name, { type: "track.started" });
  recordTrack(ground, seed.name, { type: "track.ready", tip });
}
