import type { Usage } from "../agents/event.ts";
import type { TrackName } from "../ground/ids.ts";
import type { FilePatch } from "../radar/symbols/patch.ts";
import type { Trial } from "./try.ts";

/** The evidence on one candidate: facts first, its own words last. */
export interface CandidateFacts {
  readonly track: TrackName;
  readonly agent: string;
  readonly state: string;
  /** The result of the gate; null while the candidate still grows: there is nothing to test yet. */
  readonly gate: Pick<Trial, "outcome" | "detail" | "gate"> | null;
  /** The number of cases added and removed in test files, told from their lines. */
  readonly tests: { readonly added: number; readonly removed: number };
  readonly diff: {
    readonly files: number;
    readonly insertions: number;
    readonly deletions: number;
  };
  readonly paths: readonly string[];
  /** Changed paths that the footprint did not foresee; null when no footprint was given. */
  readonly outside: readonly string[] | null;
  /**
   * Live tracks outside the race that the candidate conflicts with; null when that cannot be told.
   */
  readonly conflicts:
    | readonly { readonly track: string; readonly paths: readonly string[] }[]
    | null;
  /** The time from the candidate's start until it was ready, or until now. */
  readonly seconds: number;
  readonly usage: Usage | null;
  /** The worker's own summary of its work; null when there is none. */
  readonly summary: string | null;
}

/** Changes that candidates have in common. */
export interface Agreement {
  /** Paths that every candidate changes. */
  readonly paths: readonly string[];
  /** Paths at which two or more candidates took out and put in the same lines at the same place. */
  readonly same: readonly { readonly path: string; readonly tracks: readonly TrackName[] }[];
}

/** A judge's word; it never counts more than the evidence. */
export interface JudgeWord {
  readonly pick: TrackName | null;
  readonly why: string;
  /** The reason why the judge's word is not followed; null when it is followed. */
  readonly overruled: string | null;
}

export interface RaceComparison {
  readonly race: string;
  readonly base: string;
  /** The candidates, the best first, as far as evidence tells. */
  readonly candidates: readonly CandidateFacts[];
  readonly agreement: Agreement;
  /** The judge's word; null when no judge was asked. */
  readonly judge: JudgeWord | null;
  /** The candidate to pick; null while no gate is green. */
  readonly suggestion: TrackName | null;
}

const isGreen = ({ gate }: CandidateFacts): boolean => gate?.outcome === "green";

/**
 * Sorts candidates by the evidence, in this order: the gate, lost tests, conflicts, strays, new
 * tests, size.
 */
export function ranked(candidates: readonly CandidateFacts[]): readonly CandidateFacts[] {
  const marks = (one: CandidateFacts): readonly number[] => [
    isGreen(one) ? 0 : one.gate === null ? 1 : 2,
    one.tests.removed,
    one.conflicts?.length ?? 0,
    one.outside?.length ?? 0,
    -Math.min(1, one.tests.added),
    one.diff.insertions + one.diff.deletions,
  ];
  return candidates.toSorted((a, b) => {
    const [ours, theirs] = [marks(a), marks(b)];
    const at = ours.findIndex((mark, index) => mark !== theirs[index]);
    return at < 0 ? (a.track < b.track ? -1 : 1) : (ours[at] ?? 0) - (theirs[at] ?? 0);
  });
}

/** Weighs a judge's output. @param output its standard output: a JSON document */
export function adviceFrom(output: string, candidates: readonly CandidateFacts[]): JudgeWord {
  const { pick, why } = readVerdict(output);
  const named = candidates.find(({ track }) => track === pick);
  if (named === undefined) {
    const overruled = pick === undefined ? "it names nobody" : `there is no candidate ${pick}`;
    return { pick: null, why, overruled };
  }
  if (isGreen(named)) return { pick: named.track, why, overruled: null };
  const overruled = named.gate === null ? "it is not tested yet" : "its gate is not green";
  return { pick: named.track, why, overruled };
}

function readVerdict(output: string): { readonly pick: string | undefined; readonly why: string } {
  try {
    const said: unknown = JSON.parse(output);
    const [pick, why] = [Reflect.get(Object(said), "pick"), Reflect.get(Object(said), "why")];
    return {
      pick: typeof pick === "string" ? pick : undefined,
      why: typeof why === "string" ? why.slice(0, 2_000) : "",
    };
  } catch {
    return { pick: undefined, why: "what it printed is no JSON" };
  }
}

/** Suggests a candidate: the judge's choice when its gate is green, else the first green one. */
export function suggestionFrom(
  candidates: readonly CandidateFacts[],
  judge: JudgeWord | null,
): TrackName | null {
  if (judge !== null && judge.overruled === null && judge.pick !== null) return judge.pick;
  return ranked(candidates).find(isGreen)?.track ?? null;
}

const testFile =
  /(?:^|\/)(?:tests?|specs?|__tests__)\/|(?:^|[._-])(?:test|spec)s?\.[^/]*$|_test\.[^/]*$|(?:^|\/)test_[^/]*$/;
const testCase =
  /^\s*(?:(?:it|test|describe)(?:\.\w+)*\s*\(|def test_|func Test\w|#\[(?:tokio::)?test|@Test\b|\w[\w\s]*\btest\w*\s*\(\)\s*\{)/;

/**
 * Counts the cases that a patch adds and removes in files that hold tests. A moved case counts as
 * neither.
 */
export function countTests(patches: readonly FilePatch[]): CandidateFacts["tests"] {
  let [added, removed] = [0, 0];
  for (const file of patches) {
    if (!testFile.test(file.after ?? file.before ?? "")) continue;
    added += file.added.filter(({ text }) => testCase.test(text)).length;
    removed += file.removed.filter((text) => testCase.test(text)).length;
  }
  const both = Math.min(added, removed);
  return { added: added - both, removed: removed - both };
}

export function diffSize(patches: readonly FilePatch[]): CandidateFacts["diff"] {
  return {
    files: patches.length,
    insertions: patches.reduce((sum, { added }) => sum + added.length, 0),
    deletions: patches.reduce((sum, { removed }) => sum + removed.length, 0),
  };
}

/** Finds the changes that the patches of several candidates from one base have in common. */
export function agreementOf(patches: ReadonlyMap<TrackName, readonly FilePatch[]>): Agreement {
  const byPath = new Map<string, Map<string, TrackName[]>>();
  for (const [track, files] of patches) {
    for (const { before, after, removed, added } of files) {
      const path = after ?? before ?? "";
      const lines = added.map(({ text }) => text.trimEnd());
      const change = JSON.stringify([before === undefined, after === undefined, removed, lines]);
      const changes = byPath.get(path) ?? new Map<string, TrackName[]>();
      changes.set(change, [...(changes.get(change) ?? []), track]);
      byPath.set(path, changes);
    }
  }
  const paths = [...byPath].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const touchedBy = (changes: ReadonlyMap<string, readonly TrackName[]>): number =>
    new Set([...changes.values()].flat()).size;
  return {
    paths: paths
      .filter(([, changes]) => patches.size > 1 && touchedBy(changes) === patches.size)
      .map(([path]) => path),
    same: paths.flatMap(([path, changes]) =>
      [...changes.values()]
        .filter((tracks) => tracks.length > 1)
        .map((tracks) => ({ path, tracks })),
    ),
  };
}
