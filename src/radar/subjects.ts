import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { Git } from "../ground/git/git.ts";
import { branchRef } from "../ground/git/refs.ts";
import { listWorktrees } from "../ground/git/worktrees.ts";
import { asBranchName, type BranchName, parseSha } from "../ground/ids.ts";
import { isLive, type Track } from "../track/track.ts";
import type { Subject } from "./scan.ts";

/** Lists the live tracks that have a worktree. */
export function trackSubjects(tracks: readonly Track[]): readonly Subject[] {
  return tracks
    .filter((track) => isLive(track) && existsSync(track.worktree))
    .map(({ name, branch, worktree }) => ({
      ...{ name, kind: "track" as const, branch, worktree },
      head: undefined,
    }));
}

/**
 * Lists every worktree, and every local branch that is checked out nowhere and not yet in the
 * target.
 */
export async function allSubjects(
  git: Git,
  target: BranchName,
  tracks: readonly Track[],
): Promise<readonly Subject[]> {
  const live = new Map(trackSubjects(tracks).map((subject) => [subject.worktree, subject]));
  const listed = (await listWorktrees(git)).flatMap((one) =>
    one.kind === "bare" || one.missing || !existsSync(one.path) ? [] : [one],
  );
  const worktrees = listed.map((one): Subject => {
    const branch = one.kind === "branch" ? one.branch : undefined;
    const name = branch ?? basename(one.path);
    const itself = { name, kind: "worktree" as const, branch, worktree: one.path, head: undefined };
    return live.get(one.path) ?? itself;
  });
  const out = new Set(worktrees.map(({ branch }) => branch));
  const format = "--format=%(objectname) %(refname:lstrip=2)";
  const refs = await git.text([
    "for-each-ref",
    format,
    `--no-merged=${branchRef(target)}`,
    "refs/heads/",
  ]);
  const branches = refs
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Subject => {
      const [sha = "", ...rest] = line.split(" ");
      const branch = asBranchName(rest.join(" "));
      return { name: branch, kind: "branch", branch, worktree: undefined, head: parseSha(sha) };
    })
    .filter(({ branch }) => !out.has(branch));
  return unique([...worktrees, ...branches]);
}

/** Makes names unique: folders of worktrees on no branch may share a name, also with a branch. */
function unique(subjects: readonly Subject[]): readonly Subject[] {
  const taken = new Set<string>();
  return subjects.map((subject) => {
    let { name } = subject;
    for (let next = 2; taken.has(name); next += 1) name = `${subject.name}:${next}`;
    taken.add(name);
    return { ...subject, name };
  });
}
