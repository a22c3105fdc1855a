import { existsSync } from "node:fs";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { findCommit } from "../ground/git/refs.ts";
import { findRegistration } from "../ground/git/registration.ts";
import type { Ground } from "../ground/ground.ts";
import type { Sha, TrackName } from "../ground/ids.ts";
import { isLive } from "../track/track.ts";
import { findTrack } from "../track/track-store.ts";
import { allDrops, type Drop } from "./ref/drop-store.ts";
import { readRescue } from "./ref/rebuild.ts";
import { parseRescueName, type RescueRecord, rescueRef } from "./ref/record.ts";

/** A track that was put away, and the source to bring it back from. */
export interface RestoreChoice {
  readonly track: TrackName;
  readonly time: string;
  readonly source: "folder" | "ref";
  readonly rescue: { readonly ref: string; readonly commit: Sha } | null;
  readonly record: RescueRecord;
  /** The recorded drop; undefined when only the ref tells of it. */
  readonly drop: Drop | undefined;
}

/** A dropped or retired track that `restore` can bring back. */
export interface RescueListing {
  readonly track: TrackName;
  readonly time: string;
  readonly ref: string | null;
  /** The kept folder; null when it is gone. */
  readonly folder: string | null;
  readonly restore: string;
}

/** Lists everything that can be brought back, newest first. */
export async function listRescues(ground: Ground): Promise<readonly RescueListing[]> {
  const refs = new Set(await rescueRefs(ground));
  const drops = allDrops(ground.store).filter((drop) => drop.state !== "restored");
  const listed = drops.flatMap((drop) => {
    const ref = drop.rescue !== null && refs.has(drop.rescue.ref) ? drop.rescue.ref : null;
    const folder = isKept(drop) ? drop.folder : null;
    return ref === null && folder === null ? [] : [listing(drop.track, drop.time, ref, folder)];
  });
  const known = new Set(allDrops(ground.store).map((drop) => drop.rescue?.ref));
  const others = [...refs].flatMap((ref) => {
    const name = known.has(ref) ? undefined : parseRescueName(ref);
    if (name?.time === undefined) return [];
    return [listing(name.track, name.time, ref, null)];
  });
  return [...listed, ...others].sort((a, b) => (a.time < b.time ? 1 : -1));
}

function listing(
  track: TrackName,
  time: string,
  ref: string | null,
  folder: string | null,
): RescueListing {
  return { track, time, ref, folder, restore: `pleach restore ${ref ?? `${track}/${time}`}` };
}

async function rescueRefs({ git, repo }: Ground): Promise<readonly string[]> {
  const args = ["for-each-ref", "--format=%(refname)", "refs/pleach/rescue/"];
  return (await git.at(repo.mainTop).text(args)).split("\n").filter((ref) => ref !== "");
}

function isKept({ state, folder }: Drop): boolean {
  return state === "kept" && folder !== null && existsSync(folder);
}

/** @throws PleachError `restore/none` */
export async function chooseRescue(ground: Ground, text: string): Promise<RestoreChoice> {
  const wanted = parseRescueName(text);
  const listed = await listRescues(ground);
  const found = listed.find(
    ({ track, time }) =>
      track === wanted?.track && (wanted.time === undefined || time === wanted.time),
  );
  const git = ground.git.at(ground.repo.mainTop);
  // A track that was restored before can be restored again from its ref, when it is named with its
  // time.
  const time = found?.time ?? wanted?.time;
  if (wanted === undefined || time === undefined) throw nothing(text, listed);
  const ref = rescueRef(wanted.track, time);
  const commit = await findCommit(git, ref);
  const rescue = commit === undefined ? null : { ref, commit };
  const drop = allDrops(ground.store).find(
    (known) => known.track === wanted.track && known.time === time,
  );
  if (found?.folder !== undefined && found.folder !== null && drop !== undefined) {
    const { track } = drop;
    return { track, time, source: "folder", rescue, record: drop.record, drop };
  }
  if (rescue === null) throw nothing(text, listed);
  const { record } = await readRescue(git, ref, rescue.commit);
  if (record.track !== wanted.track || record.time !== time) throw another(ref, record);
  // The state's own record is preferred: anybody may write a ref.
  const trusted = drop?.record ?? { ...record, seed: { ...record.seed, permissions: "ask" } };
  return { track: wanted.track, time, source: "ref", rescue, record: trusted, drop };
}

function another(ref: string, { track, time }: RescueRecord): PleachError {
  return new PleachError({
    code: "rescue/unreadable",
    message: `${ref} was not written by pleach: its record is of ${track}/${time}`,
    hint: `its files, if any, are in its tree: git checkout ${ref} -- .`,
    exitCode: ExitCode.failed,
  });
}

function nothing(text: string, listed: readonly RescueListing[]): PleachError {
  const some = listed.slice(0, 5).map(({ track, time }) => `${track}/${time}`);
  return new PleachError({
    code: "restore/none",
    message: `nothing is kept under the name ${JSON.stringify(text.slice(0, 200))}${some.length === 0 ? "" : ` (there are: ${some.join(", ")})`}`,
    hint: "pleach restore",
    exitCode: ExitCode.usage,
  });
}

/** @throws PleachError `restore/taken` when the name, branch or folder is in use by now */
export async function requireFreePlace(
  ground: Ground,
  to: { readonly track: TrackName; readonly branch: string; readonly worktree: string },
  record: RescueRecord,
): Promise<void> {
  const { repo, store } = ground;
  const hint = `pleach restore ${record.track}/${record.time} --as <name>`;
  const taken = (message: string): PleachError =>
    new PleachError({ code: "restore/taken", message, hint, exitCode: ExitCode.failed });
  const track = findTrack(store, to.track);
  if (track !== undefined && isLive(track)) {
    throw taken(`there is a track ${to.track} again, and it is ${track.at.state}`);
  }
  if (existsSync(to.worktree)) throw taken(`${to.worktree} is there again`);
  if (findRegistration(repo.commonDir, to.worktree) !== undefined) {
    throw taken(`git knows a worktree at ${to.worktree}`);
  }
  const ref = `refs/heads/${to.branch}`;
  const tip = await findCommit(ground.git.at(repo.mainTop), ref);
  if (tip !== undefined && tip !== record.tip)
    throw taken(`the branch ${to.branch} is there again`);
}
