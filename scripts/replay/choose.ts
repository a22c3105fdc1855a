import type { Dice } from "./dice.ts";
import { findFault } from "./fault.ts";
import { applyOn, type ReplayGit } from "./git.ts";
import type { Candidate, History } from "./history.ts";

/** A commit as a task of the backlog. */
export interface ReplayTask extends Candidate {
  readonly id: string;
  /** Whether the task's paths stand in the backlog. */
  readonly declared: boolean;
  readonly after: readonly string[];
  readonly priority: number;
  /** The estimate, in minutes. */
  readonly minutes: number;
  /** How long the agent pretends to think, in milliseconds. */
  readonly workMs: number;
  /** The file that the first attempt breaks. */
  readonly defect?: string;
}

export interface Choice {
  /** The tasks, in the order of the history. */
  readonly tasks: readonly ReplayTask[];
  /** The tree of the base with all tasks applied one after the other. */
  readonly finalTree: string;
  /** Two tasks that cannot be merged without help; the second is undeclared. */
  readonly collision: readonly [string, string];
}

export interface Wish {
  readonly count: number;
  /** The longest that an agent pretends to think, in milliseconds. */
  readonly thinkMs: number;
  readonly dice: Dice;
}

type Pair = readonly [Candidate, Candidate];

/**
 * Picks commits that are mostly independent: a pair that collides, a pair that shares a path
 * without colliding, up to two that delete or rename, and others at random.
 */
export function chooseTasks(
  git: ReplayGit,
  history: History,
  { count, thinkMs, dice }: Wish,
): Choice | undefined {
  const { apply, onBase, chain } = appliers(git, history);
  const sound = soundness(git);
  const pairs = dice.shuffle(sharingPairs(history.candidates));
  const collision = pairs.find(([a, b]) => {
    const first = onBase(a);
    if (first === undefined || onBase(b) !== undefined || apply(first, b) === undefined) {
      return false;
    }
    // The second of the pair must still have something of its own to bring.
    return a.paths.some((path) => !b.paths.includes(path)) && sound(a) && sound(b);
  });
  if (collision === undefined) return undefined;
  const sharing = pairs.find(([c, d]) => {
    const first = onBase(c);
    const apart = ![c, d].some((one) => collision.some((other) => share(one, other)));
    return apart && first !== undefined && apply(first, d) !== undefined && sound(c) && sound(d);
  });
  if (sharing === undefined) return undefined;
  const chosen = new Set<Candidate>([...collision, ...sharing]);
  const commute = ([c, d]: Pair): boolean => {
    const [first, second] = [onBase(c), onBase(d)];
    if (first === undefined || second === undefined) return false;
    const both = apply(first, d);
    return both !== undefined && both === apply(second, c);
  };
  const inOrder = () => history.candidates.filter((candidate) => chosen.has(candidate));
  const fill = (candidates: readonly Candidate[], limit: number): void => {
    for (const candidate of candidates) {
      if (chosen.size >= limit) return;
      if (chosen.has(candidate) || onBase(candidate) === undefined) continue;
      if (collision.some((one) => share(one, candidate))) continue;
      const sharers = [...chosen].filter((one) => share(one, candidate));
      if (!sharers.every((one) => commute([one, candidate])) || !sound(candidate)) continue;
      chosen.add(candidate);
      if (chain(inOrder()) === undefined) chosen.delete(candidate);
    }
  };
  const others = dice.shuffle(history.candidates);
  fill(
    others.filter(({ removes }) => removes),
    Math.min(chosen.size + 2, count),
  );
  fill(others, count);
  const finalTree = chain(inOrder());
  if (chosen.size < count || finalTree === undefined) return undefined;
  const ordered = commute(sharing) ? undefined : sharing;
  const tasks = dress(inOrder(), { collision, ordered, sharing, thinkMs, dice });
  const idOf = (candidate: Candidate): string =>
    tasks.find(({ sha }) => sha === candidate.sha)?.id ?? "";
  return { tasks, finalTree, collision: [idOf(collision[0]), idOf(collision[1])] };
}

/** Makes trees by applying commits to trees, each computed once. */
function appliers(git: ReplayGit, { base }: History) {
  const known = new Map<string, string | undefined>();
  const apply = (tree: string, { sha }: Candidate): string | undefined => {
    const key = `${tree} ${sha}`;
    if (!known.has(key)) {
      const made = applyOn(git, tree, sha);
      // A commit that changes nothing is no work.
      known.set(key, made === tree ? undefined : made);
    }
    return known.get(key);
  };
  const baseTree = git.text("rev-parse", `${base}^{tree}`);
  const onBase = (candidate: Candidate): string | undefined => apply(baseTree, candidate);
  const chain = (list: readonly Candidate[]): string | undefined =>
    list.reduce<string | undefined>(
      (tree, candidate) => (tree === undefined ? undefined : apply(tree, candidate)),
      baseTree,
    );
  return { apply, onBase, chain };
}

/** Makes a check whether the gate accepts the files that a commit left behind. */
function soundness(git: ReplayGit): (candidate: Candidate) => boolean {
  return ({ sha, paths }) =>
    paths.every((path) => {
      const text = git.find("cat-file", "blob", `${sha}:${path}`);
      return text === undefined || findFault(path, text) === undefined;
    });
}

function share(one: Candidate, other: Candidate): boolean {
  return one.paths.some((path) => other.paths.includes(path));
}

function sharingPairs(candidates: readonly Candidate[]): readonly Pair[] {
  return candidates.flatMap((one, index) =>
    candidates.slice(index + 1).flatMap((other) => (share(one, other) ? [[one, other]] : [])),
  ) as readonly Pair[];
}

interface Dressing {
  readonly collision: Pair;
  readonly sharing: Pair;
  /** The pair of which the second needs the first, if the order matters. */
  readonly ordered: Pair | undefined;
  readonly thinkMs: number;
  readonly dice: Dice;
}

const urgent = 9;
/** An estimate of 6 hours, in minutes: longer than any track that other tasks are packed into. */
const longest = 6 * 60;
const breakable = /\.[cm]?js$/;

function dress(list: readonly Candidate[], dressing: Dressing): readonly ReplayTask[] {
  const { collision, sharing, ordered, thinkMs, dice } = dressing;
  const free = list.filter((one) => ![...collision, ...sharing].includes(one));
  const undeclared = new Set([collision[1], ...free.slice(0, Math.ceil(free.length / 4))]);
  const broken = dice
    .shuffle(list.filter((one) => !collision.includes(one)))
    .find(({ paths, removes }) => !removes && paths.some((path) => breakable.test(path)));
  // Colliding tasks take the whole time, so that neither lands before the other is cut.
  const workMs = (one: Candidate, thrown: number): number =>
    collision.includes(one) ? thinkMs : thrown;
  const ids = new Map(list.map((one, index) => [one, `T${index + 1}`]));
  return list.map((one, index) => ({
    ...one,
    id: `T${index + 1}`,
    declared: !undeclared.has(one),
    after: ordered !== undefined && one === ordered[1] ? [ids.get(ordered[0]) ?? ""] : [],
    // The longest begin first: both colliding tasks are cut before either has landed.
    priority: collision.includes(one) ? urgent : 0,
    minutes: collision.includes(one) ? longest : 15 + Math.min(45, Math.ceil(one.lines / 5)),
    workMs: workMs(one, dice.below(thinkMs + 1)),
    ...(one === broken ? { defect: one.paths.find((path) => breakable.test(path)) ?? "" } : {}),
  }));
}
