import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import picomatch from "picomatch";
import type { Config, SoftPolicy } from "../ground/config/config.ts";
import { PleachError } from "../ground/errors.ts";
import type { TreeEntry } from "../ground/git/changes.ts";
import type { RepoPath } from "../ground/ids.ts";
import { removeInTree, writeInTree } from "../ground/tree-file.ts";
import { integrationState, type Site } from "./site.ts";
import { mergeTaskTexts } from "./tasks.ts";

/** The three sides of a path git could not merge; a side that has no such entry is undefined. */
export interface Stages {
  readonly base: TreeEntry | undefined;
  readonly target: TreeEntry | undefined;
  readonly track: TreeEntry | undefined;
}

/** Whether a path (of the repository) matches a glob of the configuration. */
export const matcher = (patterns: readonly string[]): ((path: string) => boolean) =>
  patterns.length === 0 ? () => false : picomatch([...patterns], { dot: true });

/** What is to be done about a path when both sides changed it; undefined for a hard one. */
export function findPolicy(config: Config, path: string): SoftPolicy | undefined {
  const soft = config.soft.find(({ pattern }) => matcher([pattern])(path));
  if (soft !== undefined) return soft.policy;
  return path === config.tasks ? { kind: "driver" } : undefined;
}

/** The commands that have to run because one of these paths was changed, each with its paths. */
export function regenerationsFor(
  config: Config,
  paths: readonly RepoPath[],
): readonly { readonly command: string; readonly paths: readonly string[] }[] {
  return config.soft.flatMap(({ pattern, policy }) => {
    if (policy.kind !== "regenerate") return [];
    const touched = [...new Set(paths.filter(matcher([pattern])))];
    return touched.length === 0 ? [] : [{ command: policy.command, paths: touched }];
  });
}

/** Settles the conflicts of soft paths; when a hard one is among them, nothing is settled. */
export async function settle(
  site: Site,
  conflicts: ReadonlyMap<RepoPath, Stages>,
): Promise<{ readonly kind: "settled" } | { readonly kind: "open"; readonly paths: RepoPath[] }> {
  const open: RepoPath[] = [];
  const settlements: { path: RepoPath; content: Buffer | undefined; mode: number }[] = [];
  for (const [path, stages] of conflicts) {
    const policy = areFiles(stages) ? findPolicy(site.config, path) : undefined;
    const content = policy === undefined ? "open" : await settlement(site, policy, path, stages);
    if (content === "open") open.push(path);
    else settlements.push({ path, content, mode: modeOf(stages) });
  }
  if (open.length > 0) return { kind: "open", paths: open };
  const here = site.git.at(site.folder);
  for (const { path, content, mode } of settlements) {
    if (content === undefined) removeInTree(site.folder, path);
    else if (!wasWritten(site.folder, { path, content, mode })) open.push(path);
  }
  if (open.length > 0) return { kind: "open", paths: open };
  const paths = settlements.map(({ path }) => path).join("\0");
  const args = ["--literal-pathspecs", "add", "--all", "--force"];
  await here.text([...args, "--pathspec-from-file=-", "--pathspec-file-nul"], { input: paths });
  return { kind: "settled" };
}

/** A policy is about texts: a link or a submodule on any side is for a person to settle. */
const areFiles = ({ base, target, track }: Stages): boolean =>
  [base, target, track].every((side) => side === undefined || side.mode.startsWith("100"));

/** The mode that one side has changed it to. */
function modeOf({ base, target, track }: Stages): number {
  const changed = target?.mode === base?.mode ? track : target;
  return (changed ?? target ?? track)?.mode === "100755" ? 0o755 : 0o644;
}

/** Writes a settled path; not where something else is in its place, or a link on the way there. */
function wasWritten(
  folder: string,
  { path, content, mode }: { readonly path: string; content: Buffer; readonly mode: number },
): boolean {
  try {
    writeInTree(folder, path, content, { mode });
    return true;
  } catch (error) {
    if (error instanceof PleachError) return false;
    throw error;
  }
}

/** The content a soft path gets; undefined to leave it out, "open" when the policy has no answer. */
async function settlement(
  site: Site,
  policy: SoftPolicy,
  path: RepoPath,
  { base, target, track }: Stages,
): Promise<Buffer | undefined | "open"> {
  const here = site.git.at(site.folder);
  const blob = async ({ sha }: TreeEntry): Promise<Buffer> =>
    (await here.run(["cat-file", "blob", sha])).stdout;
  if (policy.kind === "regenerate") return target === undefined ? undefined : await blob(target);
  if (target === undefined || track === undefined) return "open";
  const [old, ours, theirs] = await Promise.all([
    base === undefined ? Buffer.alloc(0) : blob(base),
    blob(target),
    blob(track),
  ]);
  if (policy.kind === "driver") {
    const merged = mergeTaskTexts(path, { base: old, ours, theirs });
    return merged === undefined ? "open" : Buffer.from(merged);
  }
  return await unite(site, { base: old, ours, theirs });
}

/** Git's own union merge of three texts. */
async function unite(
  site: Site,
  sides: { readonly base: Buffer; readonly ours: Buffer; readonly theirs: Buffer },
): Promise<Buffer | "open"> {
  const folder = join(integrationState(site.ground), `union-${site.slot.number}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = (name: keyof typeof sides): string => join(folder, name);
  for (const name of ["base", "ours", "theirs"] as const) writeFileSync(file(name), sides[name]);
  const args = ["merge-file", "--union", "-p", file("ours"), file("base"), file("theirs")];
  const result = await site.git.run(args);
  return result.ending.kind === "exited" && result.ending.code < 128 ? result.stdout : "open";
}
