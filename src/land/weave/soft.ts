import { join } from "node:path";
import type { Config, SoftPolicy } from "../../ground/config/config.ts";
import { PleachError } from "../../ground/errors.ts";
import type { RepoPath } from "../../ground/ids.ts";
import { removeInTree, writeInTree } from "../../ground/tree-file.ts";
import { policiesOf } from "../../plan/soft.ts";
import { matches, parseGlob } from "../../predict/paths/glob.ts";
import { type SettledFile, type Stages, settlePath } from "../../radar/settle.ts";
import { integrationState, type Site } from "../landing/site.ts";

/** Finds the policy for a path that both sides changed; undefined for a hard path. */
export function findPolicy(config: Config, path: string): SoftPolicy | undefined {
  return policiesOf(config)(path);
}

/**
 * Lists the commands that have to run because one of these paths was changed, each with its paths.
 */
export function regenerationsFor(
  config: Config,
  paths: readonly RepoPath[],
): readonly { readonly command: string; readonly paths: readonly string[] }[] {
  return config.soft.flatMap(({ pattern, policy }) => {
    if (policy.kind !== "regenerate") return [];
    const glob = parseGlob(pattern);
    const touched = [...new Set(paths.filter((path) => matches(glob, path)))];
    return touched.length === 0 ? [] : [{ command: policy.command, paths: touched }];
  });
}

/** Settles the conflicts of soft paths; when a hard path is among them, nothing is settled. */
export async function settle(
  site: Site,
  conflicts: ReadonlyMap<RepoPath, Stages>,
): Promise<{ readonly kind: "settled" } | { readonly kind: "open"; readonly paths: RepoPath[] }> {
  const open: RepoPath[] = [];
  const settlements: { path: RepoPath; file: SettledFile | undefined }[] = [];
  const folder = join(integrationState(site.ground), `union-${site.slot.number}`);
  const settling = { git: site.git.at(site.folder), folder };
  const policyOf = policiesOf(site.config);
  for (const [path, stages] of conflicts) {
    const settled = await settlePath(settling, policyOf(path), { path, stages });
    if (settled.kind === "open") open.push(path);
    else settlements.push({ path, file: settled.file });
  }
  if (open.length > 0) return { kind: "open", paths: open };
  const here = site.git.at(site.folder);
  for (const { path, file } of settlements) {
    if (file === undefined) removeInTree(site.folder, path);
    else if (!wasWritten(site.folder, path, file)) open.push(path);
  }
  if (open.length > 0) return { kind: "open", paths: open };
  const paths = settlements.map(({ path }) => path).join("\0");
  const args = ["--literal-pathspecs", "add", "--all", "--force"];
  await here.text([...args, "--pathspec-from-file=-", "--pathspec-file-nul"], { input: paths });
  return { kind: "settled" };
}

/** Writes a settled path, unless something else is in its place, or a link on the way there. */
function wasWritten(folder: string, path: string, { content, isExecutable }: SettledFile): boolean {
  try {
    writeInTree(folder, path, content, { mode: isExecutable ? 0o755 : 0o644 });
    return true;
  } catch (error) {
    if (error instanceof PleachError) return false;
    throw error;
  }
}
