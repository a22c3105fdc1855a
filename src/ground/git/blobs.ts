import { succeeded } from "../proc/run.ts";
import { type Git, gitFailed } from "./git.ts";

/** The content of a file in a tree, or why there is none: no such name, or a name of no file. */
export type BlobContent = Buffer | "missing" | "not-a-file";

/**
 * Reads the contents of blobs, named by revision (`main:pleach.toml`) or by object, in one process.
 * @throws PleachError `git/failed`
 */
export async function readBlobs(
  git: Git,
  names: readonly string[],
): Promise<readonly BlobContent[]> {
  if (names.length === 0) return [];
  const args = ["cat-file", "--batch"];
  const result = await git.run(args, { input: names.map((name) => `${name}\n`).join("") });
  if (!succeeded(result)) throw gitFailed(git.cwd, args, result);
  let rest = result.stdout;
  return names.map((name) => {
    const end = rest.indexOf("\n");
    if (end < 0) throw gitFailed(git.cwd, args, result);
    const header = rest.subarray(0, end).toString();
    rest = rest.subarray(end + 1);
    if (header === `${name} missing`) return "missing";
    const [, kind, size] = /^\S+ (\S+) (\d+)$/.exec(header) ?? [];
    const body = rest.subarray(0, Number(size ?? -1));
    if (size !== undefined) rest = rest.subarray(Number(size) + 1);
    return kind === "blob" ? body : "not-a-file";
  });
}
