import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { shownPath } from "../../ground/git/byte-path.ts";
import { type Git, gitFailed } from "../../ground/git/git.ts";
import { dirtyNested, nestedIn } from "../../ground/git/nested.ts";
import { branchRef, findCommit, isAncestor } from "../../ground/git/refs.ts";
import { asBranchName, parseSha } from "../../ground/ids.ts";
import { succeeded } from "../../ground/proc/run.ts";
import type { Track } from "../../track/track.ts";
import type { TreeEvidence } from "./done.ts";

/** The files git keeps in its folder while an operation is unfinished. */
const traces: readonly (readonly [file: string, what: string])[] = [
  ["rebase-merge", "a rebase"],
  ["rebase-apply", "a rebase"],
  ["MERGE_HEAD", "a merge"],
  ["CHERRY_PICK_HEAD", "a cherry-pick"],
  ["REVERT_HEAD", "a revert"],
  ["BISECT_LOG", "a bisect"],
];

/**
 * Looks at a worktree whose agent has ended.
 * @throws Error when git cannot say: then nothing is known, and nothing may be concluded
 */
export async function gatherEvidence(git: Git, track: Track): Promise<TreeEvidence> {
  const { worktree, branch, base } = track;
  if (!existsSync(worktree)) {
    return {
      kind: "missing",
      why: `its worktree ${worktree} is gone; the branch ${branch} is kept`,
    };
  }
  const here = git.at(worktree);
  const args = [
    ...["rev-parse", "--path-format=absolute", "--show-toplevel", "--git-dir", "HEAD"],
    ...["--symbolic-full-name", "HEAD"],
  ];
  const asked = await here.run(args);
  if (asked.ending.kind !== "exited") throw gitFailed(worktree, args, asked);
  const [top, gitDir = "", head = "", ref = ""] = asked.stdout.toString().trimEnd().split("\n");
  if (!succeeded(asked) || top !== worktree) {
    return { kind: "missing", why: `${worktree} is no longer a worktree: ${saidBy(asked, top)}` };
  }
  const tip = await findCommit(git, branchRef(branch));
  return {
    kind: "present",
    head: parseSha(head),
    branch: ref.startsWith("refs/heads/") ? asBranchName(ref.slice("refs/heads/".length)) : null,
    tip: tip ?? null,
    commits: tip === undefined ? 0 : await countCommits(git, `${base}..${tip}`),
    hasBase: tip !== undefined && (await isAncestor(git, base, tip)),
    dirty: await dirtyPaths(here),
    unfinished: traces.find(([file]) => existsSync(join(gitDir, file)))?.[1] ?? null,
    lock: findLock(gitDir),
  };
}

function saidBy(asked: { readonly stderr: Buffer }, top: string | undefined): string {
  const said = asked.stderr.toString().trim();
  return said === "" ? `its top is ${top}` : said;
}

/** Finds a lock that no process holds: the agent's processes have ended by now. */
function findLock(gitDir: string): string | null {
  const lock = ["index.lock", "HEAD.lock"].find((name) => existsSync(join(gitDir, name)));
  return lock === undefined ? null : resolve(gitDir, lock);
}

async function countCommits(git: Git, range: string): Promise<number> {
  return Number(await git.text(["rev-list", "--count", range]));
}

/** Lists the uncommitted paths: changed, staged and untracked. */
export async function dirtyPaths(git: Git): Promise<readonly string[]> {
  const list = [
    "status",
    "--porcelain=v1",
    "-z",
    "--untracked-files=all",
    "--ignore-submodules=dirty",
  ];
  const fields = await git.fields(["--no-optional-locks", ...list, "--no-renames"]);
  const nested = await dirtyNested(git, await nestedIn(git));
  return [...new Set([...fields.map((field) => field.slice(3)), ...nested.map(shownPath)])];
}
