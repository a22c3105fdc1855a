import { existsSync } from "node:fs";
import { join } from "node:path";
import { describeEnding, succeeded } from "../proc/run.ts";
import { decoded, hasOddBytes } from "../text.ts";
import type { Git } from "./git.ts";

export interface UnfilledSubmodule {
  readonly path: string;
  readonly problem: string;
}

const networkTimeoutMs = 120_000;

/**
 * Fills the submodules of a worktree that the main checkout uses: first from the main checkout's
 * copy (hard links, no network, nothing shared afterwards), else from their origin. The shared
 * configuration is not written.
 * @returns the submodules that could not be filled, and why
 */
export async function updateSubmodules(git: Git): Promise<readonly UnfilledSubmodule[]> {
  const unfilled: UnfilledSubmodule[] = [];
  if (!existsSync(join(git.cwd, ".gitmodules"))) return unfilled;
  const commonDir = await git.text(["rev-parse", "--path-format=absolute", "--git-common-dir"]);
  for (const { name, path } of await listSubmodules(git)) {
    if (hasOddBytes(name + path)) {
      unfilled.push({ path, problem: "its name is not UTF-8" });
      continue;
    }
    if (existsSync(join(git.cwd, path, ".git"))) continue;
    const url = await git.find(["config", "--get", `submodule.${name}.url`]);
    // Never initialised: the user works without it, and so may the track.
    if (url === undefined) continue;
    const copy = join(commonDir, "modules", name);
    const origin = url.trim();
    const problem =
      (await fillFrom(git, { name, path, copy, origin })) &&
      (await fillFrom(git, { name, path, copy: undefined, origin }));
    if (problem !== undefined) unfilled.push({ path, problem });
  }
  return unfilled;
}

async function listSubmodules(
  git: Git,
): Promise<readonly { readonly name: string; readonly path: string }[]> {
  const asked = await git.run([
    ...["config", "-z", "--file", ".gitmodules"],
    ...["--get-regexp", "^submodule\\..*\\.path$"],
  ]);
  if (!succeeded(asked)) return [];
  return decoded(asked.stdout)
    .split("\0")
    .filter((entry) => entry !== "")
    .map((entry) => {
      const end = entry.indexOf("\n");
      return {
        name: entry.slice("submodule.".length, end - ".path".length),
        path: entry.slice(end + 1),
      };
    });
}

interface Source {
  readonly name: string;
  readonly path: string;
  /** A repository on this machine to clone from instead of the origin. */
  readonly copy: string | undefined;
  readonly origin: string;
}

/** Fills a submodule. @returns git's words when it failed */
async function fillFrom(git: Git, { name, path, copy, origin }: Source) {
  if (copy !== undefined && !existsSync(copy)) return "the main checkout has no copy of it";
  const local =
    copy === undefined
      ? []
      : ["-c", "protocol.file.allow=always", "-c", `submodule.${name}.url=${copy}`];
  // Without these, a configuration may name a command that fills the submodule, and a template its
  // hooks.
  const plain = ["-c", "init.templateDir=", ...local];
  const args = [...plain, "submodule", "update", "--init", "--checkout", "--", path];
  const result = await git.run(args, { timeoutMs: networkTimeoutMs });
  if (!succeeded(result)) {
    const said = result.stderr.toString().trim().split("\n").at(-1) ?? "";
    return `${describeEnding(result.ending)} ${said}`.trim();
  }
  const config = join(git.gitDir, "modules", name, "config");
  if (copy !== undefined) await git.run(["config", "--file", config, "remote.origin.url", origin]);
  return undefined;
}
