import { PleachError } from "../../ground/errors.ts";
import { decodeBacklog } from "../load.ts";
import { type MergedTasks, mergeBacklogs } from "./merge.ts";

/** Three versions of a task file, as bytes. */
export interface TaskFiles {
  readonly base: Uint8Array;
  readonly ours: Uint8Array;
  readonly theirs: Uint8Array;
}

/** Decodes the text of a task file; undefined when it is no text (a picture, UTF-16). */
export function findTaskText(bytes: Uint8Array, name: string): string | undefined {
  try {
    return decodeBacklog(bytes, name);
  } catch (error) {
    if (error instanceof PleachError) return undefined;
    throw error;
  }
}

/** Merges a task file additively; undefined when a version is no text. */
export function mergeTaskFiles(name: string, files: TaskFiles): MergedTasks | undefined {
  const base = findTaskText(files.base, name);
  const ours = findTaskText(files.ours, name);
  const theirs = findTaskText(files.theirs, name);
  if (base === undefined || ours === undefined || theirs === undefined) return undefined;
  return mergeBacklogs({ base, ours, theirs });
}
