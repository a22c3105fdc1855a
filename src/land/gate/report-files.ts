import type { EpochMs } from "../../ground/clock.ts";
import { PleachError } from "../../ground/errors.ts";
import { readInTree, statInTree } from "../../ground/tree-file.ts";
import type { Site } from "../landing/site.ts";

/** Reports in JUnit XML that a command has written into the tree, beside its output. */
export interface Reports {
  readonly texts: readonly string[];
  /** Whether these are all, and each was read in full. */
  readonly isWhole: boolean;
}

const mostFiles = 2_000;
const mostBytes = 4 * 1024 * 1024;
/** The time by which the clock of a file system may be behind: 10 ms. */
const leewayMs = 10;

const untracked = [
  ...["ls-files", "-z", "--others", "--"],
  ...[":(glob)**/*.xml", ":(exclude,glob)**/node_modules/**"],
];

/** Reads the reports that were written into the landing's worktree since a moment. */
export async function readReports(site: Site, since: EpochMs): Promise<Reports> {
  try {
    return await readFresh(site, since);
  } catch (error) {
    if (!(error instanceof PleachError)) throw error;
    // Reports that cannot be looked at are unknown; the gate is red all the same.
    return { texts: [], isWhole: false };
  }
}

async function readFresh({ git, folder }: Site, since: EpochMs): Promise<Reports> {
  const paths = await git.at(folder).fields(untracked);
  const fresh = paths.filter((path) => {
    const stats = statInTree(folder, path);
    return stats !== undefined && Number(stats.mtimeMs) >= since - leewayMs;
  });
  const texts: string[] = [];
  let isWhole = fresh.length <= mostFiles;
  for (const path of fresh.slice(0, mostFiles)) {
    const found = readInTree(folder, path, mostBytes);
    // A link or a pipe may lead to a report as well as to anything else: its content is unknown.
    if (found.kind !== "file") isWhole = false;
    else if (isReport(found.bytes)) texts.push(found.bytes.toString());
  }
  return { texts, isWhole };
}

const isReport = (bytes: Buffer): boolean =>
  /<testsuites?[\s>]/.test(bytes.subarray(0, 64 * 1024).toString());
