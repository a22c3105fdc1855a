import { lstatSync, type Stats } from "node:fs";
import { isGone } from "./proc/identity.ts";

/**
 * Finds the stats of a path, links not followed; undefined when nothing is there, or a parent is no
 * folder.
 */
export function findStats(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
