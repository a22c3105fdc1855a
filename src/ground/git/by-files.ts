import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** A checkout as its files alone show it, whatever its configuration says, or cannot say. */
export interface FoundByFiles {
  readonly top: string;
  readonly commonDir: string;
  /**
   * The checkout around the common directory; undefined for the common directory of a bare
   * repository.
   */
  readonly mainTop: string | undefined;
}

/** Looks for the repository around a folder as git does, and asks no configuration. */
export function findByFiles(folder: string): FoundByFiles | undefined {
  for (let at = realPath(folder); ; at = dirname(at)) {
    const found = findAt(at);
    if (found !== undefined || at === dirname(at)) return found;
  }
}

function findAt(top: string): FoundByFiles | undefined {
  const dotGit = join(top, ".git");
  const kind = statSync(dotGit, { throwIfNoEntry: false });
  if (kind?.isDirectory() === true) {
    return isCheckedOut(dotGit) ? { top, commonDir: dotGit, mainTop: top } : undefined;
  }
  if (kind?.isFile() !== true) return undefined;
  const admin = /^gitdir: (.*)\n?$/.exec(readFileSync(dotGit, "utf8"))?.[1];
  const common = admin === undefined ? "" : join(resolve(top, admin), "commondir");
  if (admin === undefined || !existsSync(common)) return undefined;
  const commonDir = resolve(top, admin, readFileSync(common, "utf8").trim());
  return { top, commonDir, mainTop: checkoutOf(commonDir) };
}

/** Finds the checkout of a common directory; a bare repository has no index, and no checkout. */
export function checkoutOf(commonDir: string): string | undefined {
  return basename(commonDir) === ".git" && isCheckedOut(commonDir) ? dirname(commonDir) : undefined;
}

const isCheckedOut = (gitDir: string): boolean =>
  ["HEAD", "objects", "refs", "index"].every((name) => existsSync(join(gitDir, name)));

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
