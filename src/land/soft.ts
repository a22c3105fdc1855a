import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import picomatch from "picomatch";
import type { Config, SoftPolicy } from "../ground/config/config.ts";
import type { RepoPath } from "../ground/ids.ts";
import { integrationState, type Site } from "./site.ts";
import { mergeTaskTexts } from "./tasks.ts";

/** The three sides of a path git could not merge, as blobs; a side that has no such file is undefined. */
export interface Stages {
  readonly base: string | undefined;
  readonly target: string | undefined;
  readonly track: string | undefined;
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
  const settlements: { readonly path: RepoPath; readonly content: Buffer | undefined }[] = [];
  for (const [path, stages] of conflicts) {
    const policy = findPolicy(site.config, path);
    const content = policy === undefined ? "open" : await settlement(site, policy, path, stages);
    if (content === "open") open.push(path);
    else settlements.push({ path, content });
  }
  if (open.length > 0) return { kind: "open", paths: open };
  const here = site.git.at(site.folder);
  for (const { path, content } of settlements) {
    const file = join(site.folder, path);
    if (content === undefined) {
      rmSync(file, { force: true });
    } else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }
  const paths = settlements.map(({ path }) => path).join("\0");
  const args = ["--literal-pathspecs", "add", "--all", "--force"];
  await here.text([...args, "--pathspec-from-file=-", "--pathspec-file-nul"], { input: paths });
  return { kind: "settled" };
}

/** The content a soft path gets; undefined to leave it out, "open" when the policy has no answer. */
async function settlement(
  site: Site,
  policy: SoftPolicy,
  path: RepoPath,
  { base, target, track }: Stages,
): Promise<Buffer | undefined | "open"> {
  const here = site.git.at(site.folder);
  const blob = async (sha: string): Promise<Buffer> =>
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
