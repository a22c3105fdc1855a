import { readFile } from "node:fs/promises";
import { ExitCode } from "../../ground/errors.ts";
import type { Argv } from "../../ground/proc/run.ts";
import { writeWhole } from "../../ground/whole-file.ts";
import { decodeBacklog } from "../load.ts";
import { mergeBacklogs } from "./merge.ts";

/** The name under which git's configuration and attributes know the driver. */
export const driverName = "pleach-tasks";

/** The arguments that git gives a merge driver: `%O %A %B %L %P`. */
export interface DriverCall {
  readonly base: string;
  /** The file of our version, which the result replaces. */
  readonly ours: string;
  readonly theirs: string;
  readonly markerSize: number;
  /** The file's name in the repository, for messages. */
  readonly path: string;
}

/**
 * Merges the three files into ours, which is replaced whole or not at all.
 * @returns 0, or `needsHuman` when the result holds conflict markers; a code that no crash has,
 * because the driver's line leaves the merge to git after any other (see `driverLine`)
 * @throws PleachError `backlog/binary` when a file is no text; ours is untouched
 */
export async function runMergeDriver(call: DriverCall): Promise<0 | typeof ExitCode.needsHuman> {
  const read = async (path: string): Promise<string> =>
    decodeBacklog(await readFile(path), call.path);
  const [base, ours, theirs] = await Promise.all([call.base, call.ours, call.theirs].map(read));
  const merged = mergeBacklogs({
    base: base ?? "",
    ours: ours ?? "",
    theirs: theirs ?? "",
    markerSize: call.markerSize,
  });
  writeWhole(call.ours, merged.text);
  return merged.kind === "clean" ? ExitCode.ok : ExitCode.needsHuman;
}

/**
 * Returns the shell line for `merge.pleach-tasks.driver`. A driver that is moved, removed, too old
 * to start or that crashes leaves ours unchanged, and git's own merge takes over; only our two
 * answers prevent that.
 */
export function driverLine(pleach: Argv): string {
  const command = pleach.map(quoteForDriver).join(" ");
  return (
    `${command} merge-driver %O %A %B %L %P; code=$?; ` +
    `[ $code = ${ExitCode.needsHuman} ] && exit 1; ` +
    "[ $code = 0 ] || git merge-file -L ours -L base -L theirs --marker-size=%L %A %O %B"
  );
}

/** Quotes a word for the shell, past git's own expansion of `%`. */
const quoteForDriver = (word: string): string =>
  `'${word.replaceAll("'", "'\\''").replaceAll("%", "%%")}'`;

/**
 * Returns the line of `info/attributes` that gives a single file, below the top of the repository,
 * to the driver.
 */
export function attributesLine(file: string): string {
  const pattern = `/${file.replace(/[\\*?[\]]/g, "\\$&")}`;
  const quoted = /[\s"\x00-\x1f]/.test(pattern) ? quoteLikeC(pattern) : pattern;
  return `${quoted} merge=${driverName}`;
}

const quoteLikeC = (text: string): string =>
  `"${text
    .replace(/["\\]/g, "\\$&")
    .replace(/[\x00-\x1f]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, "0")}`)}"`;
