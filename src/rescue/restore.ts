import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "../ground/config/config.ts";
import { ExitCode, messageOf, PleachError } from "../ground/errors.ts";
import { byteLines } from "../ground/git/byte-path.ts";
import { branchRef, findCommit, swapRef } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import { asBranchName, type BranchName, type Sha, type TrackName } from "../ground/ids.ts";
import { beginProgram, type Program } from "../ground/program.ts";
import { withLease } from "../ground/store/lease.ts";
import { writeInTree } from "../ground/tree-file.ts";
import type { Track, TrackSeed } from "../track/track.ts";
import { findTrack, recordTrack } from "../track/track-store.ts";
import { findDrop, saveDrop } from "./ref/drop-store.ts";
import { headLine, readRescue, rebuildFiles, rebuildRegistration } from "./ref/rebuild.ts";
import { formatTime, type NotHeld, parseRecord, type RescueRecord } from "./ref/record.ts";
import { chooseRescue, type RestoreChoice, requireFreePlace } from "./restore-choice.ts";
import { leaseOf } from "./retire.ts";

/**
 * The steps that bring a worktree back, in this order; each looks first whether it was done before.
 */
export const restoreSteps = ["rebuild", "branch", "register", "folder", "verify"] as const;
export type RestoreStep = (typeof restoreSteps)[number];

export type RestoreFacts = {
  /** The name the track gets: its former name, unless another was asked for. */
  readonly track: TrackName;
  readonly branch: BranchName;
  readonly worktree: string;
  readonly source: "folder" | "ref";
  readonly rescue: { readonly ref: string; readonly commit: Sha } | null;
  /** The text of `record.json`. */
  readonly record: string;
  /** The places from which the folder and the registration are moved back. */
  readonly folder: string;
  readonly aside: string;
  /** The place to which the registration goes. */
  readonly admin: string;
  readonly notes: readonly string[];
};

/** The JSON document of `restore --json`. */
export interface RestoreReport {
  readonly schema: 1;
  readonly track: TrackName;
  readonly branch: BranchName;
  readonly worktree: string;
  readonly rescue: string | null;
  /**
   * `folder`: every byte is back. `ref`: the worktree was rebuilt, without the files in `missing`.
   */
  readonly from: "folder" | "ref";
  readonly missing: readonly NotHeld[];
  readonly notes: readonly string[];
}

export interface RestoreOptions {
  /** Another name for the track, when its own is taken. */
  readonly as?: TrackName;
  readonly onProgress?: (line: string) => void;
}

/**
 * Brings back a track that `drop` or a retirement put away: from the kept folder or, when that is
 * gone, from the rescue ref.
 * @param name a rescue ref, `<track>/<time>`, or a track for its newest
 * @throws PleachError `restore/…`; then nothing has changed
 */
export async function restore(
  ground: Ground,
  config: Config,
  name: string,
  options: RestoreOptions = {},
): Promise<RestoreReport> {
  const choice = await chooseRescue(ground, name);
  const held = await withLease(ground, leaseOf(choice.track), { waitMs: 0 }, async () => {
    const facts = plannedFacts(ground, config, choice, options.as);
    await requireFreePlace(ground, facts, choice.record);
    const start = { kind: "restore", subject: facts.track, facts };
    const program = beginProgram<RestoreStep, RestoreFacts>(ground, start);
    return await runRestore(ground, program, options.onProgress);
  });
  if (held.kind === "held") return held.result;
  throw busy(choice.track, held.owner.pid);
}

function busy(what: string, pid: number): PleachError {
  return new PleachError({
    code: "restore/busy",
    message: `process ${pid} is at work on ${what}`,
    hint: "wait for it, then: pleach ls",
    exitCode: ExitCode.failed,
  });
}

function plannedFacts(
  { repo, clock }: Ground,
  config: Config,
  choice: RestoreChoice,
  as: TrackName | undefined,
): RestoreFacts {
  const { record, drop } = choice;
  const name = `${record.track}-${record.time}`;
  const again = `${name}-${formatTime(clock.now())}`;
  const own = drop === undefined ? join(config.worktrees.root, record.track) : record.seed.worktree;
  const registered = join(repo.commonDir, "worktrees", again);
  const former = drop?.admin ?? registered;
  const kept = choice.source === "folder" ? drop : undefined;
  return {
    track: as ?? record.track,
    branch: as === undefined ? asBranchName(record.branch) : asBranchName(`work/${as}`),
    worktree: as === undefined ? own : join(config.worktrees.root, as),
    source: choice.source,
    rescue: choice.rescue,
    record: JSON.stringify(record),
    folder: kept?.folder ?? join(config.worktrees.root, ".dropped", again),
    aside: kept?.aside ?? join(repo.stateDir, "dropped", again),
    admin: existsSync(former) ? registered : former,
    notes: [],
  };
}

const registerWaitMs = 60_000;

/** Brings a restore to its end from wherever it stands. */
export async function runRestore(
  ground: Ground,
  program: Program<RestoreStep, RestoreFacts>,
  onProgress: (line: string) => void = () => undefined,
): Promise<RestoreReport> {
  const { store } = ground;
  const record = parseRecord(program.facts.record, program.subject);
  const isRegistered = (): boolean =>
    existsSync(program.facts.admin) && !existsSync(program.facts.aside);
  if (!isRegistered()) {
    try {
      if (program.facts.source === "ref") onProgress(`rebuilding ${program.facts.worktree}`);
      await program.step("rebuild", async (facts) => await rebuild(ground, program.id, facts));
      await program.step("branch", async (facts) => await bringBranches(ground, facts, record));
      await program.step("register", async (facts) => {
        // Git, making a worktree, might take the same place at the same time.
        const act = async () => register(facts);
        const held = await withLease(ground, "worktrees", { waitMs: registerWaitMs }, act);
        if (held.kind === "busy") throw busy("another worktree", held.owner.pid);
        return {};
      });
    } catch (error) {
      if (isRegistered()) throw error;
      program.finish(({ track }) => {
        store.append({ type: "restore.refused", track, reason: messageOf(error) });
      });
      throw error;
    }
  }
  await program.step("folder", async (facts) => {
    bringFolder(facts);
    return {};
  });
  await program.step("verify", async (facts) => await verify(ground, facts, record));
  program.finish((facts) => recordRestore(ground, facts, record));
  return reportOf(program.facts, record);
}

async function rebuild(
  ground: Ground,
  id: string,
  facts: RestoreFacts,
): Promise<Partial<RestoreFacts>> {
  const { repo } = ground;
  const git = ground.git.at(repo.mainTop);
  if (facts.source === "folder" && existsSync(facts.aside)) return {};
  const rescue = facts.rescue && (await readRescue(git, facts.rescue.ref, facts.rescue.commit));
  const record = parseRecord(facts.record, facts.track);
  if (facts.source === "ref") {
    if (rescue === null) throw new Error(`there is no ref to rebuild ${facts.track} from`);
    const scratch = join(repo.stateDir, "scratch", id);
    await rebuildFiles({ git, repo }, rescue, { folder: facts.folder, scratch });
  }
  await rebuildRegistration(git, facts.aside, { record, rescue: rescue ?? undefined });
  const { inProgress } = record;
  return facts.source === "folder" || inProgress === null
    ? {}
    : { notes: [...facts.notes, `the ${inProgress} that was in progress is not in the ref`] };
}

/** Makes the branch again where it stood, and the branch of HEAD if that is another. */
async function bringBranches(
  ground: Ground,
  facts: RestoreFacts,
  record: RescueRecord,
): Promise<Partial<RestoreFacts>> {
  const git = ground.git.at(ground.repo.mainTop);
  const reason = `pleach: restore ${facts.track}`;
  if (record.tip !== null) {
    await bring(branchRef(facts.branch), record.tip);
  }
  const onOwnBranch = record.headRef === `refs/heads/${record.branch}`;
  let head = onOwnBranch ? `ref: ${branchRef(facts.branch)}\n` : headLine(record);
  const notes = [...facts.notes];
  if (record.headRef !== null && !onOwnBranch && record.head !== null) {
    const now = await findCommit(git, record.headRef);
    if (now === undefined) await bring(record.headRef, record.head);
    else if (now !== record.head) {
      head = `${record.head}\n`;
      notes.push(`${record.headRef} has moved on: HEAD is detached where it was`);
    }
  }
  writeFileSync(join(facts.aside, "HEAD"), head);
  return { notes };

  async function bring(ref: string, to: Sha): Promise<void> {
    if ((await findCommit(git, ref)) === to) return;
    if ((await swapRef(git, ref, { from: undefined, to, reason })) === "swapped") return;
    throw new PleachError({
      code: "restore/branch-taken",
      message: `${ref} exists, and is not what it was`,
      hint: `pleach restore ${facts.rescue?.ref ?? facts.track} --as <name>`,
      exitCode: ExitCode.failed,
    });
  }
}

/** Lets folder and registration name each other, then gives the registration to git. */
function register({ aside, admin, worktree, folder }: RestoreFacts): void {
  if (existsSync(aside)) {
    if (existsSync(admin)) throw new Error(`${admin} was taken meanwhile`);
    writeFileSync(join(aside, "gitdir"), `${join(worktree, ".git")}\n`);
    writeInTree(folder, ".git", `gitdir: ${admin}\n`, { mode: 0o644 });
    mkdirSync(dirname(admin), { recursive: true });
    renameSync(aside, admin);
  }
}

function bringFolder({ folder, worktree }: RestoreFacts): void {
  if (!existsSync(folder)) return;
  if (existsSync(worktree)) {
    throw new PleachError({
      code: "restore/in-the-way",
      message: `${worktree} is in the way of the folder kept in ${folder}`,
      hint: `move it away, then run any pleach command that starts work: it goes on by itself`,
      exitCode: ExitCode.failed,
    });
  }
  mkdirSync(dirname(worktree), { recursive: true });
  renameSync(folder, worktree);
}

async function verify(
  ground: Ground,
  facts: RestoreFacts,
  record: RescueRecord,
): Promise<Partial<RestoreFacts>> {
  const git = ground.git.at(facts.worktree);
  const notes = [...facts.notes];
  const main = ground.git.at(ground.repo.mainTop);
  await main.text(["worktree", "repair", facts.worktree]);
  if (facts.source === "ref" && facts.rescue !== null) {
    const { intent } = await readRescue(main, facts.rescue.ref, facts.rescue.commit);
    const args = ["--literal-pathspecs", "add", "--intent-to-add", "--force"];
    const input = byteLines(intent);
    if (intent.length > 0) {
      await git.text([...args, "--pathspec-from-file=-", "--pathspec-file-nul"], { input });
    }
  }
  const head = (await findCommit(git, "HEAD")) ?? null;
  if (head !== record.head) notes.push(`HEAD is ${head}, and was ${record.head}`);
  return { notes: [...new Set(notes)] };
}

function recordRestore(ground: Ground, facts: RestoreFacts, record: RescueRecord): void {
  const { store } = ground;
  const { track: name, worktree, branch } = facts;
  const known = findTrack(store, name);
  const isSame = known?.at.state === "dropped" && known.createdAt === record.seed.createdAt;
  if (!isSame) {
    const seed = { ...seedOf(record.seed), name, worktree, branch };
    recordTrack(ground, name, { type: "track.planned", seed });
    recordTrack(ground, name, { type: "track.dropped", rescue: facts.rescue?.ref ?? null });
  }
  recordTrack(ground, name, { type: "track.restored", worktree });
  const drop = findDrop(store, record.track, record.time);
  if (drop !== undefined) saveDrop(store, { ...drop, state: "restored" });
}

function seedOf({ at, since, tries, createdAt, ...seed }: Track): TrackSeed {
  return seed;
}

function reportOf(facts: RestoreFacts, record: RescueRecord): RestoreReport {
  return {
    schema: 1,
    track: facts.track,
    branch: facts.branch,
    worktree: facts.worktree,
    rescue: facts.rescue?.ref ?? null,
    from: facts.source,
    missing: facts.source === "ref" ? record.notHeld : [],
    notes: facts.notes,
  };
}
