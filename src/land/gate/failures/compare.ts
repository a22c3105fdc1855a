import type { Failures } from "./find-failures.ts";

/** A red gate compared with the allowed failures. */
export interface Compared {
  /** The allowed failures that occurred, by id. */
  readonly allowed: readonly string[];
  /** The failures that are not allowed, by id. */
  readonly fresh: readonly string[];
  /** Whether only allowed failures occurred. */
  readonly isExcused: boolean;
}

/**
 * Compares a red gate with the failures that the target has. A gate whose failures are not all
 * known, or that names none, is not excused. Pure.
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

/**
 * Returns the failures still allowed once the target was seen with these: never more than before.
 * Pure.
 */
export function shrunk(
  allowance: readonly string[] | undefined,
  failing: Iterable<string>,
): readonly string[] {
  const now = new Set(failing);
  return allowance === undefined ? [...now] : allowance.filter((id) => now.has(id));
}
