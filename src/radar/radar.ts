import { join } from "node:path";
import type { Git } from "../ground/git/git.ts";
import { branchRef, requireCommit } from "../ground/git/refs.ts";
import type { ScratchObjects } from "../ground/git/scratch-objects.ts";
import type { BranchName, Sha } from "../ground/ids.ts";
import { Breaks } from "./breaks.ts";
import type { PathRules, SettlingBench } from "./met.ts";
import { Pairs } from "./pairs.ts";
import { type Rebased, Rebases } from "./rebases.ts";
import { isSoftMeeting, type Scan, type Subject, type SubjectSeen } from "./scan.ts";
import { Scratch } from "./scratch.ts";
import { sightOfWorktree, type WorktreeSight } from "./sight.ts";

export interface RadarSetup extends PathRules {
  /** Git at the top of the main checkout. */
  readonly git: Git;
  readonly commonDir: string;
  /** Returns the beginning of a scratch folder's name; asked each time a folder is needed. */
  readonly scratchPrefix: () => string;
  readonly target: BranchName;
  /**
   * The merge driver of the task file: its work is left to `settlePath`, without a process for
   * each.
   */
  readonly mutedDriver: string;
}

const snapshotsAtOnce = 4;

/**
 * The radar, which finds the lines of work that conflict: each is merged with the target first,
 * then those that can meet pair by pair, all in scratch objects; and those that would break each
 * other although they merge. Results are kept by their inputs, so that a second look only computes
 * what has changed. `close` removes the scratch.
 */
export class Radar {
  readonly #setup: RadarSetup;
  readonly #scratch: Scratch;
  readonly #rebases: Rebases;
  readonly #pairs: Pairs;
  readonly #breaks = new Breaks();
  #sights = new Map<string, WorktreeSight>();

  constructor(setup: RadarSetup) {
    this.#setup = setup;
    const { commonDir, scratchPrefix, git } = setup;
    this.#scratch = new Scratch({ commonDir, scratchPrefix, top: git.cwd });
    this.#rebases = new Rebases(setup);
    this.#pairs = new Pairs(setup);
  }

  /**
   * Scans the subjects; a subject that cannot be read is reported as unknown. @throws PleachError
   * when the target is not there
   */
  async scan(subjects: readonly Subject[]): Promise<Scan> {
    const { git, target } = this.#setup;
    const tip = await requireCommit(git, branchRef(target));
    const objects = this.#objects();
    const folder = join(objects.folder, "..");
    const bench = { git, env: objects.env, settings: this.#settings(), folder };
    const sights = await this.#look(subjects, objects);
    const commits = sights.flatMap((sight) => (sight.kind === "seen" ? [sight.commit] : []));
    const rebased = await this.#rebases.of(bench, objects, { tip, commits: [...new Set(commits)] });
    const seen = subjects.map((subject, at) =>
      seenOf(subject, sights[at], (commit) => rebased.get(commit)),
    );
    const lines = seen.map((one, at) => {
      const sight = sights[at];
      const work =
        one.state === "clean" && sight?.kind === "seen" ? rebased.get(sight.commit) : undefined;
      return { name: one.subject.name, work: work?.kind === "merged" ? work : undefined };
    });
    const [meetings, breaks] = await this.#compare(bench, tip, lines);
    return { target, tip, seen, meetings, breaks };
  }

  close(): void {
    this.#scratch.close();
    this.#forget();
  }

  #forget(): void {
    this.#sights.clear();
    this.#rebases.clear();
    this.#pairs.clear();
    this.#breaks.clear();
  }

  #objects(): ScratchObjects {
    const { objects, isNew } = this.#scratch.open();
    if (isNew) this.#forget();
    return objects;
  }

  #settings(): readonly string[] {
    const { mutedDriver } = this.#setup;
    return [
      ...["-c", "merge.conflictStyle=merge", "-c", "core.looseCompression=0"],
      ...["-c", `merge.${mutedDriver}.driver=false`, "-c", "core.fsync=none"],
    ];
  }

  async #compare(
    bench: SettlingBench,
    tip: Sha,
    lines: Parameters<Pairs["meet"]>[1],
  ): Promise<readonly [Scan["meetings"], Scan["breaks"]]> {
    const tree = await this.#rebases.treeOf(bench, tip);
    const [meetings, breaks] = await Promise.all([
      this.#pairs.meet(bench, lines),
      this.#breaks.between(bench, tree, lines),
    ]);
    const hard = meetings.filter((meeting) => !isSoftMeeting(meeting));
    const met = new Set(hard.map(({ names }) => names.join("\0")));
    // Conflicting tracks have more to tell each other than likely breaks.
    return [meetings, breaks.filter(({ names }) => !met.has(names.join("\0")))];
  }

  async #look(
    subjects: readonly Subject[],
    objects: ScratchObjects,
  ): Promise<readonly WorktreeSight[]> {
    const sights = new Map<string, WorktreeSight>();
    const waiting = [...subjects];
    const turn = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        sights.set(next.name, await this.#sight(next, objects));
      }
    };
    await Promise.all(Array.from({ length: snapshotsAtOnce }, turn));
    this.#sights = sights;
    return subjects.map(
      ({ name }) => sights.get(name) ?? { kind: "unknown", why: "it was not looked at" },
    );
  }

  async #sight({ name, worktree, head }: Subject, objects: ScratchObjects): Promise<WorktreeSight> {
    if (worktree === undefined) {
      if (head === undefined) return { kind: "unknown", why: "it has no commit" };
      return { kind: "seen", head, commit: head, large: [], print: head, uncommitted: [] };
    }
    const index = join(objects.folder, "..", `index-${encodeURIComponent(name)}`);
    const git = this.#setup.git.at(worktree);
    return await sightOfWorktree(git, { objects, index }, this.#sights.get(name));
  }
}

function seenOf(
  subject: Subject,
  sight: WorktreeSight | undefined,
  rebasedOf: (commit: Sha) => Rebased | undefined,
): SubjectSeen {
  if (sight === undefined || sight.kind === "unknown") {
    return { subject, state: "unknown", why: sight?.why ?? "it was not looked at" };
  }
  const rebased = rebasedOf(sight.commit);
  if (rebased?.kind !== "merged") {
    return { subject, state: "unknown", why: rebased?.why ?? "git gave no answer" };
  }
  const { head, commit, large } = sight;
  const { paths, changed } = rebased;
  const state = paths.every(({ soft }) => soft) ? "clean" : "conflict";
  const dirty = new Set(sight.uncommitted);
  const uncommitted = changed.filter((path) => dirty.has(path));
  return { subject, state, head, dirty: commit !== head, large, changed, uncommitted, paths };
}
