import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { parseSha, type Sha } from "../ids.ts";
import type { ExactEnv } from "../proc/run.ts";
import { writeWhole } from "../whole-file.ts";

/** An object folder of our own above the object folder of a repository, which gains nothing. */
export interface ScratchObjects {
  readonly folder: string;
  /** Variables with which git reads both folders and writes into this. */
  readonly env: ExactEnv;
}

/**
 * Makes an object folder of our own.
 * @param scratch a folder of the caller's, which the caller removes
 */
export function openScratchObjects(scratch: string, commonDir: string): ScratchObjects {
  const folder = join(scratch, "objects");
  mkdirSync(join(folder, "info"), { recursive: true });
  // A file, because GIT_ALTERNATE_OBJECT_DIRECTORIES would split a path at its colons.
  writeFileSync(join(folder, "info", "alternates"), `${quoted(join(commonDir, "objects"))}\n`);
  return { folder, env: { GIT_OBJECT_DIRECTORY: folder } };
}

/**
 * Quotes a path: git unquotes a line in double quotes, and takes a line with a leading hash for a
 * comment.
 */
function quoted(path: string): string {
  return /^["#]|\n/.test(path) ? `"${path.replace(/["\\]/g, "\\$&").replace(/\n/g, "\\n")}"` : path;
}

export interface NewObject {
  readonly kind: "blob" | "commit";
  readonly content: string;
  /** Any object name of the repository: its length tells the object format. */
  readonly like: Sha;
}

/** Writes a loose object without starting a process; the same content always has the same name. */
export function writeObject({ folder }: ScratchObjects, { kind, content, like }: NewObject): Sha {
  const body = Buffer.from(content);
  const whole = Buffer.concat([Buffer.from(`${kind} ${body.length}\0`), body]);
  const name = createHash(like.length === 40 ? "sha1" : "sha256")
    .update(whole)
    .digest("hex");
  const place = join(folder, name.slice(0, 2));
  const file = join(place, name.slice(2));
  if (!existsSync(file)) {
    mkdirSync(place, { recursive: true });
    writeWhole(file, deflateSync(whole, { level: 1 }));
  }
  return parseSha(name);
}
