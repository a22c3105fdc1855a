import { join } from "node:path";
import { parseSha, type RepoPath, type Sha } from "../ground/ids.ts";
import type { SettlingBench } from "./met.ts";
import type { SettledFile } from "./settle.ts";

/** Puts the settled files into a merged tree, in the place of files with markers. */
export async function settledTree(
  { git, env, folder }: SettlingBench,
  tree: Sha,
  settled: ReadonlyMap<RepoPath, SettledFile | undefined>,
): Promise<Sha> {
  if (settled.size === 0) return tree;
  const own = { env: { ...env, GIT_INDEX_FILE: join(folder, "settled-index") } };
  const none = "0".repeat(tree.length);
  const entries: string[] = [];
  for (const [path, file] of settled) {
    if (file === undefined) entries.push(`0 ${none}\t${path}\0`);
    else {
      const sha = await git.text(["hash-object", "-w", "--stdin"], { ...own, input: file.content });
      entries.push(`${file.isExecutable ? "100755" : "100644"} ${sha}\t${path}\0`);
    }
  }
  await git.text(["read-tree", tree], own);
  await git.text(["update-index", "-z", "--index-info"], { ...own, input: entries.join("") });
  return parseSha(await git.text(["write-tree"], own));
}
