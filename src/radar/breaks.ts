import type { Sha } from "../ground/ids.ts";
import { type MergeBench, patchesFrom, readFiles } from "./merges.ts";
import type { WorkLine } from "./pairs.ts";
import type { RebasedMerge } from "./rebases.ts";
import {
  type Breakage,
  breakOf,
  isBreakLikely,
  type LikelyBreak,
  suspicionsOf,
} from "./symbols/may-break.ts";
import { type Traces, tracesOf } from "./symbols/traces.ts";

/** The most files of a change that is examined line by line. */
const mostFiles = 1_000;
/** The most breaks reported of a pair of lines of work. */
const mostBreaks = 20;

interface Suspect extends LikelyBreak {
  readonly by: WorkLine;
  readonly user: WorkLine;
}

/**
 * The likely breaks between lines of work that merge; the reading is kept as long as no line moves.
 */
export class Breaks {
  #traces = new Map<Sha, Traces>();
  #held = new Map<string, boolean>();

  clear(): void {
    this.#traces.clear();
    this.#held.clear();
  }

  /**
   * Finds the likely breaks between lines of work. @param tree the target's tree, with which all
   * were merged
   */
  async between(
    bench: MergeBench,
    tree: Sha,
    lines: readonly WorkLine[],
  ): Promise<readonly Breakage[]> {
    const works = lines.flatMap(({ work }) =>
      work === undefined || work.changed.length > mostFiles ? [] : [work],
    );
    await this.#read(bench, tree, works);
    const suspects = suspectsAmong(lines, (work) => this.#traces.get(work.commit));
    await this.#check(bench, suspects);
    const found = new Map<string, Suspect[]>();
    for (const suspect of suspects) {
      if (this.#held.get(keyOf(suspect)) !== true) continue;
      const { by, user } = suspect;
      const names = lines.indexOf(by) < lines.indexOf(user) ? [by, user] : [user, by];
      const key = names.map(({ name }) => name).join("\0");
      found.set(key, [...(found.get(key) ?? []), suspect]);
    }
    return [...found].map(([key, all]) => {
      const [a = "", b = ""] = key.split("\0");
      const breaks = all.slice(0, mostBreaks).map((one) => {
        return breakOf(one, { by: one.by.name, user: one.user.name });
      });
      return { names: [a, b], breaks };
    });
  }

  async #read(bench: MergeBench, tipTree: Sha, works: readonly RebasedMerge[]): Promise<void> {
    const fresh = works.filter(({ commit }) => !this.#traces.has(commit));
    const trees = [...new Set(fresh.map(({ tree }) => tree))];
    const patches = await patchesFrom(bench, tipTree, trees);
    const traces = new Map<Sha, Traces>();
    for (const { commit, tree } of works) {
      traces.set(commit, this.#traces.get(commit) ?? tracesOf(patches.get(tree) ?? []));
    }
    this.#traces = traces;
  }

  /** Looks into the files of the suspicions that were not examined before. */
  async #check(bench: MergeBench, suspects: readonly Suspect[]): Promise<void> {
    const fresh = suspects.filter((one) => !this.#held.has(keyOf(one)));
    const wanted = fresh.flatMap(({ by, user, gone, spot }) => [
      { commit: user.work?.commit, path: spot.path },
      { commit: by.work?.commit, path: gone.after },
    ]);
    const names = wanted.flatMap(({ commit, path }) =>
      commit === undefined || path === undefined ? [] : [`${commit}:${path}`],
    );
    const texts = await readFiles(bench, [...new Set(names)]);
    const held = new Map<string, boolean>();
    for (const one of suspects) {
      const key = keyOf(one);
      const { by, user, gone, spot } = one;
      const using = texts.get(`${user.work?.commit}:${spot.path}`) ?? "";
      const defining = texts.get(`${by.work?.commit}:${gone.after}`);
      held.set(key, this.#held.get(key) ?? isBreakLikely(one, { using, defining }));
    }
    this.#held = held;
  }
}

const keyOf = ({ by, user, gone, spot }: Suspect): string =>
  [by.work?.commit, user.work?.commit, gone.what, gone.name, gone.before, spot.path].join("\0");

/** Finds every suspicion between two lines of work, by what each uses rather than pair by pair. */
function suspectsAmong(
  lines: readonly WorkLine[],
  tracesFor: (work: RebasedMerge) => Traces | undefined,
): readonly Suspect[] {
  const read = lines.flatMap((line) => {
    const traces = line.work === undefined ? undefined : tracesFor(line.work);
    return traces === undefined ? [] : [{ line, traces }];
  });
  return read.flatMap(({ line: by, traces }) =>
    traces.gone.length === 0
      ? []
      : read.flatMap(({ line: user, traces: uses }) =>
          user === by || user.work?.commit === by.work?.commit
            ? []
            : suspicionsOf(traces, uses).map((one) => ({ ...one, by, user })),
        ),
  );
}
