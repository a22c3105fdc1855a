import { findMentions } from "../predict/mention.ts";
import { covers, escapeGlob, type Glob, type Pattern, parseGlob } from "../predict/paths/glob.ts";
import type { PathIndex } from "../predict/paths/path-index.ts";
import type { PlanTask } from "./task.ts";

export type FootprintSource = "declared" | "mentioned";

export interface FootprintPath {
  /** A glob; a glob without wildcards is a single path. */
  readonly path: string;
  readonly source: FootprintSource;
  /** The certainty, 0 to 1, that the task changes something here. */
  readonly confidence: number;
  /** Whether a policy covers the path, so that tasks may touch it side by side. */
  readonly soft: boolean;
}

/**
 * Predicts what a task will touch. The strongest source that speaks is believed alone: a task that
 * declares its paths may mention others only to be read.
 *
 * Empty means *unpredicted*, not safe: such a task may run beside any other, because holding the
 * whole tree for it would make every plan sequential, but the plan marks it, the advice counts it,
 * and the paths it really touches make a new plan.
 */
export function footprintOf(
  task: PlanTask,
  index: PathIndex,
  soft: readonly Glob[],
): readonly FootprintPath[] {
  const declared = [...new Set(task.touches.map((glob) => declaredPath(glob, index)))];
  if (declared.length > 0) {
    return declared.map((path) => ({
      path,
      source: "declared",
      confidence: 1,
      soft: areAllSoft(parseGlob(path).patterns, soft),
    }));
  }
  return findMentions(`${task.text}\n${task.details}`, index).map(({ path, confidence }) => ({
    path,
    source: "mentioned",
    confidence,
    soft: areAllSoft(parseGlob(path).patterns, soft),
  }));
}

/** Whether everything that a glob of these alternatives can match has a soft policy. */
export function areAllSoft(alternatives: readonly Pattern[], soft: readonly Glob[]): boolean {
  if (soft.length === 0) return false;
  return alternatives.every((pattern) => soft.some((outer) => covers(outer, pattern)));
}

/**
 * Reads a declared path as a glob. The name of a directory means all in it; the name of a tracked
 * file means that file even when it reads as a glob (`app/[id]/page.tsx`); a name that does not
 * exist yet and has no extension may become either a file or a directory.
 */
export function declaredPath(written: string, index: PathIndex): string {
  const path = written.replace(/^(?:\.?\/+)+/, "");
  const bare = path.replace(/\/+$/, "");
  if (index.has(path)) return escapeGlob(path);
  if (index.hasDirectory(bare)) return `${escapeGlob(bare)}/**`;
  if (bare === "" || bare === ".") return "**";
  if (path !== bare) return `${bare}/**`;
  const literal = parseGlob(path).patterns;
  const isNewName = literal.length === 1 && literal[0]?.literal !== undefined;
  const hasExtension = /[^/]\.[^/.]+$/.test(path);
  return isNewName && !hasExtension ? `${path}/**` : path;
}
