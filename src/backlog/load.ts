import { readFile, realpath } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { ExitCode, messageOf, PleachError } from "../ground/errors.ts";
import { readInTree } from "../ground/tree-file.ts";
import { type Backlog, parseBacklog } from "./parse.ts";

/**
 * Reads the backlog from a checkout as it stands there, uncommitted lines included.
 * @param path where the file is
 * @param name the file's name in messages; the path itself by default
 * @throws PleachError `backlog/absent`, `backlog/unreadable`, `backlog/binary`, `backlog/malformed`
 */
export async function loadBacklog(path: string, name = path): Promise<Backlog> {
  return parseBacklog(decodeBacklog(await readBytes(path, name), name), name);
}

/**
 * Decodes the text of a task file, with its byte order mark if it has one.
 * @throws PleachError `backlog/binary` (usage) when the bytes are no UTF-8 text
 */
export function decodeBacklog(bytes: Uint8Array, name: string): string {
  const nul = bytes.indexOf(0);
  if (nul >= 0) throw binary(name, `byte ${nul + 1} is NUL`);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw binary(name, "it is not UTF-8", error);
  }
}

function binary(name: string, why: string, cause?: unknown): PleachError {
  return new PleachError({
    code: "backlog/binary",
    message: `${name} is not a text file: ${why}`,
    hint: `save it as UTF-8 text, or name the right file: \`pleach plan FILE\``,
    exitCode: ExitCode.usage,
    cause,
  });
}

const reasons: Readonly<Record<string, string>> = {
  ELOOP: "its symbolic links go in a circle",
  EACCES: "it may not be read",
  EPERM: "it may not be read",
};

async function readBytes(path: string, name: string): Promise<Uint8Array> {
  try {
    // An input that a shell hands over (`<(…)`) is no file, and a person has named it.
    if (/^\/dev\/(?:stdin$|fd\/)/.test(path)) return await readFile(path);
    // A person may keep the backlog elsewhere, behind a link; only a file at the link's end is
    // opened.
    const real = await realpath(path);
    const found = readInTree(dirname(real), basename(real));
    if (found.kind === "file") return found.bytes;
    if (found.kind === "odd") throw new Error(`it is ${found.what}`);
    throw Object.assign(new Error("it is gone"), { code: "ENOENT" });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new PleachError({
        code: "backlog/absent",
        message: `there is no ${name}`,
        hint: `write one line per task into it, \`- [ ] What is to be done\`, or name another: \`pleach plan FILE\``,
        exitCode: ExitCode.usage,
        cause: error,
      });
    }
    throw new PleachError({
      code: "backlog/unreadable",
      message: `${name} cannot be read: ${reasons[code] ?? messageOf(error)}`,
      hint: `see what it is: ls -ld ${name}`,
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
}
