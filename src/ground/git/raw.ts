import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sha } from "../ids.ts";
import type { ExactEnv } from "../proc/run.ts";

export interface RawPlace {
  /** The repository whose objects are read and written. */
  readonly commonDir: string;
  /** A folder of ours, made if missing, for the git directory and the temporary index. */
  readonly folder: string;
  /** Any object name of the repository: its length tells the object format. */
  readonly anyObject: Sha;
  /** The folder of the files. */
  readonly workTree: string;
}

/**
 * Attributes of `$GIT_DIR/info/attributes` outrank the attributes of the tree: no line endings, no
 * filters, no `$Id$`, no encodings, no merge drivers.
 */
const attributes = "* -text -ident -filter !working-tree-encoding !merge\n";

/**
 * Returns the variables with which git moves bytes between files and objects unchanged: a git
 * directory of its own, with no configuration and no hooks, on the objects of the repository.
 */
export function rawEnv(place: RawPlace): ExactEnv {
  const gitDir = join(place.folder, "raw.git");
  for (const name of ["info", "objects", "refs"]) {
    mkdirSync(join(gitDir, name), { recursive: true, mode: 0o700 });
  }
  const isSha1 = place.anyObject.length === 40;
  const extension = isSha1 ? "" : "[extensions]\n\tobjectFormat = sha256\n";
  writeFileSync(
    join(gitDir, "config"),
    `[core]\n\trepositoryFormatVersion = ${isSha1 ? 0 : 1}\n\tfileMode = true\n\tsymlinks = true\n` +
      `\tignoreCase = false\n\tprotectHFS = false\n\tprotectNTFS = false\n${extension}`,
  );
  writeFileSync(join(gitDir, "info", "attributes"), attributes);
  writeFileSync(join(gitDir, "HEAD"), "ref: refs/heads/none\n");
  return {
    GIT_DIR: gitDir,
    GIT_WORK_TREE: place.workTree,
    GIT_OBJECT_DIRECTORY: join(place.commonDir, "objects"),
    GIT_INDEX_FILE: join(place.folder, "index"),
  };
}
