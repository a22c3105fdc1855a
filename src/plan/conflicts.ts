import type { TaskId } from "../ground/ids.ts";
import type { PreparedPlan } from "./prepare.ts";
import type { Group } from "./schedule.ts";

/**
 * Two tasks that share paths. Tasks on soft paths may also run side by side: then there is no
 * resolution.
 */
export interface Conflict {
  readonly tasks: readonly [TaskId, TaskId];
  /** The shared paths, at most `mostPaths`; `morePaths` counts the rest. */
  readonly paths: readonly string[];
  readonly morePaths?: number;
  readonly soft: boolean;
  readonly resolution?: "same-track" | "ordered";
}

export interface Conflicts {
  readonly conflicts: readonly Conflict[];
  /** Whether there are more pairs than are listed. */
  readonly isCut: boolean;
}

const mostPaths = 8;
/**
 * The most pairs listed: a hot file in a long backlog makes millions of pairs, and a person reads
 * the first few.
 */
const mostPairs = 500;

export function listConflicts(
  { overlap, open, live }: PreparedPlan,
  groups: readonly Group[],
): Conflicts {
  const groupOf = new Map(groups.flatMap((group, at) => group.map((task) => [task, at] as const)));
  const { pairs, isCut } = pairsOf(overlap, live.length);
  const conflicts = pairs.flatMap(([a, b]): readonly Conflict[] => {
    const first = open[a - live.length];
    const second = open[b - live.length];
    if (first === undefined || second === undefined) return [];
    const isSame = groupOf.get(a) === groupOf.get(b);
    const { hard, soft } = overlap.shared(a, b);
    const both = [
      { paths: hard, soft: false, resolution: isSame ? "same-track" : "ordered" } as const,
      { paths: soft, soft: true, ...(isSame ? { resolution: "same-track" as const } : {}) },
    ];
    return both
      .filter(({ paths }) => paths.length > 0)
      .map(({ paths, ...rest }) => ({
        tasks: [first.id, second.id],
        paths: paths.slice(0, mostPaths),
        ...(paths.length > mostPaths ? { morePaths: paths.length - mostPaths } : {}),
        ...rest,
      }));
  });
  return { conflicts, isCut };
}

type Pair = readonly [number, number];

function pairsOf(overlap: PreparedPlan["overlap"], from: number) {
  const pairs = new Map<string, Pair>();
  // Hard resources first, so that a cut leaves out what matters least.
  const order = [...overlap.resources.keys()].sort(
    (a, b) => Number(overlap.resources[a]?.soft) - Number(overlap.resources[b]?.soft) || a - b,
  );
  let isCut = false;
  for (const resource of order) {
    const holders = overlap.holdersOf(resource).filter((holder) => holder >= from);
    for (const [at, a] of holders.entries()) {
      for (const b of holders.slice(at + 1)) {
        if (pairs.size < mostPairs) pairs.set(`${a} ${b}`, [a, b]);
        else isCut ||= !pairs.has(`${a} ${b}`);
        if (isCut) break;
      }
      if (isCut) break;
    }
    if (isCut) break;
  }
  const sorted = [...pairs.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return { pairs: sorted, isCut };
}

/** Finds the hard paths that two tracks share, the first few. */
export function pathsBetween(
  { overlap }: PreparedPlan,
  a: Group,
  b: Group,
  most = 3,
): readonly string[] {
  const paths = new Set<string>();
  for (const one of a) {
    for (const other of b) for (const path of overlap.shared(one, other).hard) paths.add(path);
    if (paths.size >= most) break;
  }
  return [...paths].slice(0, most);
}

/** Finds the paths that several of these tasks share, most shared first. */
export function gluePaths({ overlap }: PreparedPlan, group: Group): readonly string[] {
  const count = new Map<number, number>();
  for (const task of group) {
    for (const resource of new Set(overlap.locks[task]?.flat())) {
      count.set(resource, (count.get(resource) ?? 0) + 1);
    }
  }
  return [...count]
    .filter(([, tasks]) => tasks > 1)
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .flatMap(([resource]) => overlap.resources[resource]?.paths ?? [])
    .slice(0, mostPaths);
}
