import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mergeTaskFiles } from "../backlog/merge/files.ts";
import type { SoftPolicy } from "../ground/config/config.ts";
import type { TreeEntry } from "../ground/git/changes.ts";
import type { Git } from "../ground/git/git.ts";
import type { ExactEnv } from "../ground/proc/run.ts";

/**
 * The three sides of a path that git could not merge; a side that has no such entry is undefined.
 */
export interface Stages {
  readonly base: TreeEntry | undefined;
  /** The entry that is there first: the target's, or that of the track that lands first. */
  readonly target: TreeEntry | undefined;
  readonly track: TreeEntry | undefined;
}

/** The result of a policy for a conflict. */
export type Settlement =
  | { readonly kind: "settled"; readonly file: SettledFile | undefined }
  /** The policy has no answer; with its attempt, markers included, where that can be shown. */
  | { readonly kind: "open"; readonly marked?: string };

export interface SettledFile {
  readonly content: Buffer;
  readonly isExecutable: boolean;
}

/** The place where a conflict is settled. */
export interface Settling {
  readonly git: Git;
  /** The variables with which git finds the three sides. */
  readonly env?: ExactEnv;
  /** A private folder for the files that git merges. */
  readonly folder: string;
}

const open: Settlement = { kind: "open" };

/**
 * Settles a path by its policy. The only place where that is decided: the radar calls settled
 * exactly what a landing settles.
 */
export async function settlePath(
  { git, env, folder }: Settling,
  policy: SoftPolicy | undefined,
  { path, stages }: { readonly path: string; readonly stages: Stages },
): Promise<Settlement> {
  // A policy is about texts: a link or a submodule on any side is for a person to settle.
  if (policy === undefined || !areFiles(stages)) return open;
  const { base, target, track } = stages;
  const call = env === undefined ? {} : { env };
  const blob = async ({ sha }: TreeEntry): Promise<Buffer> =>
    await git.bytes(["cat-file", "blob", sha], call);
  const isExecutable = modeOf(stages) === "100755";
  const settled = (content: Buffer): Settlement => ({
    ...{ kind: "settled", file: { content, isExecutable } },
  });
  if (policy.kind === "regenerate") {
    if (target === undefined) return { kind: "settled", file: undefined };
    return settled(await blob(target));
  }
  if (target === undefined || track === undefined) return open;
  const [old, ours, theirs] = await Promise.all([
    base === undefined ? Buffer.alloc(0) : blob(base),
    blob(target),
    blob(track),
  ]);
  const sides = { base: old, ours, theirs };
  if (policy.kind === "driver") {
    const merged = mergeTaskFiles(path, sides);
    if (merged === undefined) return open;
    if (merged.kind === "conflict") return { kind: "open", marked: merged.text };
    return settled(Buffer.from(merged.text));
  }
  const united = await unite({ git, folder }, sides);
  return united === undefined ? open : settled(united);
}

const areFiles = ({ base, target, track }: Stages): boolean =>
  [base, target, track].every((side) => side === undefined || side.mode.startsWith("100"));

/** Returns the mode that one side has changed it to. */
function modeOf({ base, target, track }: Stages): string | undefined {
  const changed = target?.mode === base?.mode ? track : target;
  return (changed ?? target ?? track)?.mode;
}

/** Merges three texts by git's own union merge; undefined when they are no texts. */
async function unite(
  { git, folder }: Settling,
  sides: { readonly base: Buffer; readonly ours: Buffer; readonly theirs: Buffer },
): Promise<Buffer | undefined> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = (name: keyof typeof sides): string => join(folder, name);
  for (const name of ["base", "ours", "theirs"] as const) writeFileSync(file(name), sides[name]);
  const args = ["merge-file", "--union", "-p", file("ours"), file("base"), file("theirs")];
  const result = await git.run(args);
  const isMerged = result.ending.kind === "exited" && result.ending.code < 128;
  return isMerged ? result.stdout : undefined;
}
