import type { Failures } from "./find-failures.ts";

/** A red gate held against what may fail. */
export interface Compared {
  /** What failed and may, by id. */
  readonly allowed: readonly string[];
  /** What failed and may not. */
  readonly fresh: readonly string[];
  /** Whether nothing failed but what may. */
  readonly isExcused: boolean;
}

/**
 * Holds a red gate against the failures that the target has. What cannot be told in full, or failed
 * with nothing that can be named, excuses nothing. Pure.
 */
export function compareFailures(allowance: Iterable<string>, found: Failures): Compared {
  const may = new Set(allowance);
  const ids = found.failures.map(({ id }) => id);
  const allowed = ids.filter((id) => may.has(id));
  const fresh = ids.filter((id) => !may.has(id));
  return {
    allowed,
    fresh,
    isExcused: found.isComplete && allowed.length > 0 && fresh.length === 0,
  };
}

/** What may still fail when the target has been seen with these failures: never more than before. Pure. */
export function shrunk(
  allowance: readonly string[] | undefined,
  failing: Iterable<string>,
): readonly string[] {
  const now = new Set(failing);
  return allowance === undefined ? [...now] : allowance.filter((id) => now.has(id));
}
