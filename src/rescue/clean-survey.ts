import { existsSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../ground/config/config.ts";
import { onDisk } from "../ground/git/byte-path.ts";
import { branchRef, findCommit } from "../ground/git/refs.ts";
import { findRegistration, type Registration } from "../ground/git/registration.ts";
import { listWorktrees } from "../ground/git/worktrees.ts";
import type { Ground } from "../ground/ground.ts";
import { findInside } from "../ground/proc/find.ts";
import type { Track } from "../track/track.ts";
import { allTracks } from "../track/track-store.ts";
import { latestWorker } from "../worker/worker-store.ts";
import { type CleanItem, classify, type SafetyFacts } from "./clean-class.ts";
import { folderSize } from "./ref/folder-size.ts";
import { lookAtWorktree, type WorktreeLook } from "./ref/look.ts";
import { isMerged } from "./ref/merged.ts";
import { processesOf } from "./retire-checks.ts";

/** Looks at every worktree below the root and at every track that has one. */
export async function surveyWorktrees(
  ground: Ground,
  config: Config,
  onProgress: (line: string) => void,
): Promise<readonly CleanItem[]> {
  const { repo, store } = ground;
  const { root } = config.worktrees;
  const registered = await listWorktrees(ground.git.at(repo.mainTop));
  const tracks = allTracks(store).filter(
    (track) => track.at.state !== "dropped" && existsSync(track.worktree),
  );
  const paths = new Set([
    ...tracks.map((track) => track.worktree),
    ...registered
      .map(({ path }) => path)
      .filter((path) => path.startsWith(`${root}/`) && !path.startsWith(`${root}/.`)),
    ...foldersIn(root),
  ]);
  paths.delete(repo.mainTop);
  const items: CleanItem[] = [];
  for (const worktree of [...paths].sort()) {
    onProgress(`looking at ${worktree}`);
    const track = tracks.find((known) => known.worktree === worktree);
    items.push(await surveyOne(ground, worktree, track));
  }
  return items;
}

/**
 * Lists the folders below the root. Names that begin with a dot are Pleach's own: dropped folders,
 * the worktrees of landings.
 */
function foldersIn(root: string): readonly string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => join(root, entry.name));
}

/** Looks at one worktree; a fact that cannot be found out stays undefined. */
export async function surveyOne(
  ground: Ground,
  worktree: string,
  track: Track | undefined,
): Promise<CleanItem> {
  const registration = findRegistration(ground.repo.commonDir, worktree);
  const look = await lookIfReadable(ground, worktree, registration);
  const sight: SafetyFacts = {
    track,
    registration: registrationIn(registration),
    inside: await pidsInside(worktree),
    worker: track === undefined ? "over" : await workerOf(ground, track),
    dirty: look && look.dirty.length + (look.inProgress === null ? 0 : 1),
    merged: look && track && (await mergedOrUnknown(ground, track, look)),
  };
  let ignoredBytes = 0;
  for (const path of look?.ignored ?? []) ignoredBytes += await folderSize(onDisk(worktree, path));
  return {
    ...{ track: track?.name ?? null, worktree },
    ...classify(sight),
    bytes: await folderSize(worktree),
    ignoredBytes,
  };
}

function registrationIn(registration: Registration | undefined): SafetyFacts["registration"] {
  if (registration === undefined) return "none";
  if (registration.folder !== "there") return registration.folder;
  return registration.locked ? "locked" : "there";
}

async function lookIfReadable(
  { repo, git }: Ground,
  worktree: string,
  registration: Registration | undefined,
): Promise<WorktreeLook | undefined> {
  if (registration?.folder !== "there") return undefined;
  const place = { repo, git: git.at(repo.mainTop), admin: registration.admin, worktree };
  try {
    return await lookAtWorktree(place);
  } catch {
    // With a damaged index or an unreadable folder, nothing is known of the worktree.
    return undefined;
  }
}

async function pidsInside(worktree: string): Promise<readonly number[] | undefined> {
  if (!existsSync(worktree)) return [];
  const found = await findInside(realpathSync(worktree));
  return found.kind === "unknown" ? undefined : found.processes.map(({ pid }) => pid);
}

async function workerOf({ store }: Ground, track: Track): Promise<SafetyFacts["worker"]> {
  const worker = latestWorker(store, track.name);
  if (worker === undefined) return "over";
  const found = await processesOf(worker.id);
  if (found.kind === "unknown") return undefined;
  return found.processes.length === 0 ? "over" : "running";
}

async function mergedOrUnknown(
  ground: Ground,
  track: Track,
  look: WorktreeLook,
): Promise<boolean | undefined> {
  const { repo, ids } = ground;
  const scratch = join(repo.stateDir, "scratch", ids.program());
  try {
    const tip = await findCommit(ground.git.at(repo.mainTop), branchRef(track.branch));
    for (const commit of new Set([look.head, tip])) {
      if (commit === undefined || commit === null) continue;
      if (!(await isMerged(ground, track, commit, scratch))) return false;
    }
    return true;
  } catch {
    // Git gave no answer, so the merge is not proven.
    return undefined;
  }
}
