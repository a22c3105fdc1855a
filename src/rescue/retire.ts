import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../ground/config/config.ts";
import { ExitCode, messageOf, PleachError } from "../ground/errors.ts";
import { branchRef, deleteRef } from "../ground/git/refs.ts";
import { findRegistration } from "../ground/git/registration.ts";
import { listWorktrees } from "../ground/git/worktrees.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { beginProgram } from "../ground/program.ts";
import { withLease } from "../ground/store/lease.ts";
import { closeWindowsOf } from "../grow/launch.ts";
import { freePorts } from "../grow/worktree/ports.ts";
import type { Track } from "../track/track.ts";
import { recordTrack, requireTrack } from "../track/track-store.ts";
import { type Drop, saveDrop } from "./ref/drop-store.ts";
import { keepRescue } from "./ref/keep.ts";
import { moveFolder, moveRegistration } from "./ref/move.ts";
import { formatTime, parseRecord, type RescueRecord } from "./ref/record.ts";
import {
  type DropFacts,
  type DropStep,
  type FindLate,
  lateCode,
  type Purpose,
  type Removal,
  type RemovalOptions,
  type RetireOptions,
} from "./ref/removal.ts";
import { endInside, requireRemovable, runTeardown } from "./retire-checks.ts";

export interface Retired {
  readonly drop: Drop;
  readonly notes: readonly string[];
}

/**
 * Puts the worktree of a finished track away, as `drop` does; the track's state stays. A rescue ref
 * is written only when the target does not have all of the track, decided by content.
 * @throws PleachError `drop/…` when anything speaks against it: then nothing but its worker, which
 * was ended, has changed
 */
export async function retire(
  ground: Ground,
  config: Config,
  name: TrackName,
  { findLate, ...options }: RetireOptions,
): Promise<Retired> {
  return await remove(ground, config, { name, purpose: { kind: "retire", findLate }, options });
}

export async function remove(
  ground: Ground,
  config: Config,
  what: { readonly name: TrackName; readonly purpose: Purpose; readonly options: RemovalOptions },
): Promise<Retired> {
  const track = requireTrack(ground.store, what.name);
  const held = await withLease(ground, leaseOf(what.name), { waitMs: 0 }, async () => {
    requireRemovable(ground, config, track);
    const facts = plannedFacts(ground, config, track);
    const { purpose } = what;
    const start = { kind: purpose.kind, subject: track.name, facts };
    const program = beginProgram<DropStep, DropFacts>(ground, start);
    const onProgress = what.options.onProgress ?? (() => undefined);
    return await runRemoval({ ground, config, track, purpose, onProgress, program });
  });
  if (held.kind === "held") return held.result;
  throw new PleachError({
    code: "drop/busy",
    message: `process ${held.owner.pid} is putting ${what.name} away or bringing it back`,
    hint: `wait for it, then: pleach status ${what.name}`,
    exitCode: ExitCode.failed,
  });
}

export const leaseOf = (track: TrackName): string => `rescue:${track}`;

function plannedFacts({ repo, clock }: Ground, config: Config, track: Track): DropFacts {
  const time = formatTime(clock.now());
  const name = `${track.name}-${time}`;
  const registration = findRegistration(repo.commonDir, track.worktree);
  const isThere = registration?.folder === "there";
  return {
    track: track.name,
    time,
    worktree: track.worktree,
    folder: isThere ? join(config.worktrees.root, ".dropped", name) : null,
    admin: registration?.admin ?? null,
    aside: registration === undefined ? null : join(repo.stateDir, "dropped", name),
    rescue: null,
    record: null,
    notes: [],
  };
}

/** Brings a removal to its end from wherever it stands. */
export async function runRemoval(removal: Removal): Promise<Retired> {
  const { ground, program } = removal;
  if (!isMoved(program.facts)) {
    try {
      await prepare(removal);
      await program.step("move", async (facts) => {
        await moveFolder(facts);
        return {};
      });
    } catch (error) {
      // Nothing of the user's was changed yet: the worktree rather stays than be put away by half.
      if (isMoved(program.facts)) throw error;
      program.finish(({ track }) => {
        ground.store.append({ type: "drop.refused", track, reason: messageOf(error) });
      });
      throw error;
    }
  }
  await program.step("unregister", async (facts) => {
    moveRegistration(facts);
    return {};
  });
  await program.step("branch", async (facts) => ({ notes: await takeBranch(ground, facts) }));
  const drop = dropOf(removal);
  program.finish(() => recordRemoval(removal, drop));
  await closeWindowsOf(ground, drop.track);
  return { drop, notes: program.facts.notes };
}

/** Whether the point is passed after which a removal only goes forward. */
function isMoved({ folder, worktree, record, aside }: DropFacts): boolean {
  if (record === null) return false;
  if (folder !== null) return existsSync(folder);
  return aside !== null && existsSync(aside) && !existsSync(worktree);
}

async function prepare(removal: Removal): Promise<void> {
  const { ground, config, track, program, purpose, onProgress } = removal;
  requireRemovable(ground, config, track);
  await program.step("end", async ({ folder }) => {
    await endInside(ground, track, folder !== null);
    if (purpose.kind === "retire") await requireNothingLate(ground, track, purpose.findLate);
    return {};
  });
  await program.step("rescue", async (facts) => await keepRescue(removal, facts));
  await program.step("teardown", async ({ folder, notes }) => {
    if (folder === null) return {};
    if (config.worktrees.teardown.length > 0) onProgress(`tearing ${track.name} down`);
    return { notes: [...notes, ...(await runTeardown(ground, config, track))] };
  });
}

/** Checks that no commits came late. The worker has ended by now, so no more can come. */
async function requireNothingLate(ground: Ground, track: Track, findLate: FindLate): Promise<void> {
  const late = await findLate(ground, track);
  if (late === undefined) return;
  throw new PleachError({
    code: lateCode,
    message: `${late.commits} commits came onto ${track.branch} after ${track.name} had landed`,
    hint: `pleach land ${track.name} lands them as well; pleach drop ${track.name} keeps them in a rescue ref`,
    exitCode: ExitCode.needsHuman,
  });
}

function recordOf({ record, track }: DropFacts): RescueRecord {
  if (record === null) throw new Error(`${track} was not looked at`);
  return parseRecord(record, `what is known of ${track}`);
}

async function takeBranch({ git, repo }: Ground, facts: DropFacts): Promise<readonly string[]> {
  const { notes } = facts;
  const record = recordOf(facts);
  if (record.tip === null) return notes;
  const main = git.at(repo.mainTop);
  const elsewhere = (await listWorktrees(main)).find(
    (worktree) => worktree.kind === "branch" && worktree.branch === record.branch,
  );
  if (elsewhere !== undefined) {
    return [...notes, `${record.branch} is checked out in ${elsewhere.path} and stays`];
  }
  const ref = branchRef(record.seed.branch);
  const deleted = await deleteRef(main, ref, record.tip);
  return deleted === "deleted" ? notes : [...notes, `${record.branch} has moved on and stays`];
}

function dropOf({ ground, purpose, program }: Removal): Drop {
  const { track, time, folder, aside, admin, rescue } = program.facts;
  const record = recordOf(program.facts);
  const at = ground.clock.now();
  return {
    track,
    time,
    at,
    why: purpose.kind,
    folder,
    aside,
    admin,
    rescue,
    record,
    state: "kept",
  };
}

function recordRemoval({ ground, track, purpose }: Removal, drop: Drop): void {
  const { store } = ground;
  saveDrop(store, drop);
  freePorts(store, track.name);
  const rescue = drop.rescue?.ref ?? null;
  if (purpose.kind === "drop") recordTrack(ground, track.name, { type: "track.dropped", rescue });
  else store.append({ type: "track.retired", track: track.name, rescue, folder: drop.folder });
}
