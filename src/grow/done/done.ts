import { assertNever } from "../../ground/errors.ts";
import type { BranchName, Sha } from "../../ground/ids.ts";
import { plainLine } from "../../ground/text.ts";
import type { HumanReason } from "../../track/track.ts";
import type { Renewals, Report } from "../../worker/worker.ts";
import type { TurnObstacle } from "./outcome.ts";
import type { StashFinding } from "./stash.ts";

/** The state of a worktree when its agent has ended; read by `gatherEvidence`. */
export type TreeEvidence =
  | { readonly kind: "missing"; readonly why: string }
  | {
      readonly kind: "present";
      /** The branch of HEAD; null: detached. */
      readonly branch: BranchName | null;
      readonly head: Sha;
      /** The tip of the track's own branch, wherever HEAD is; null when the branch is gone. */
      readonly tip: Sha | null;
      /** The number of commits on the branch beyond the base. */
      readonly commits: number;
      /** Whether the branch still descends from the base. */
      readonly hasBase: boolean;
      /** Changed, staged and untracked paths, with those inside submodules. */
      readonly dirty: readonly string[];
      /** The git operation begun there and not ended: "a merge", "a rebase", …; null when none. */
      readonly unfinished: string | null;
      /** A lock that a killed git left behind; null when there is none. */
      readonly lock: string | null;
    };

export interface WorktreeFacts {
  readonly expected: { readonly branch: BranchName; readonly base: Sha };
  readonly tree: TreeEvidence;
  /** The way the agent ended: undefined for 0, else in words ("exit code 3"). */
  readonly failure: string | undefined;
  /** The obstacle the agent met, by its own words. */
  readonly obstacle: TurnObstacle | undefined;
  readonly report: Report | null;
  /** The output of the user's hooks when they refused the commit made for the agent. */
  readonly refusal?: string | undefined;
  /** The track's work that lies in stashes, and others' stashed work that is in its commits. */
  readonly stashed?: readonly StashFinding[];
  /** The tip a landing refused: the same tip again is no answer to the refusal. */
  readonly refusedTip: Sha | null;
  readonly reminded: boolean;
  /** The fresh sessions that followed full ones so far. */
  readonly renewals: Renewals;
}

export type DoneDecision =
  | { readonly kind: "ready"; readonly tip: Sha }
  /** The agent is started once more with these words. */
  | { readonly kind: "remind"; readonly missing: string }
  /**
   * The agent is started once more in a fresh session, with these words before the whole prompt.
   */
  | { readonly kind: "renew"; readonly missing: string; readonly mark: string }
  /** The account may do nothing now: the same session goes on later. */
  | { readonly kind: "hold"; readonly detail: string }
  | { readonly kind: "needs-human"; readonly reason: HumanReason; readonly detail: string };

interface Gap {
  readonly reason: HumanReason;
  /** Said to the agent, in the imperative. */
  readonly missing: string;
  /** Said to a person, as a fact with a next step. */
  readonly detail: string;
}

/**
 * Decides whether a track is done. The agent's report counts for nothing without commits beyond the
 * base, a clean tree and its own branch; missing things are asked for once, then a person decides.
 */
export function decideDone(evidence: WorktreeFacts): DoneDecision {
  const { tree, report, failure, obstacle, reminded } = evidence;
  if (tree.kind === "missing") {
    return { kind: "needs-human", reason: "worktree-missing", detail: tree.why };
  }
  if (report?.kind === "blocked") {
    return { kind: "needs-human", reason: "blocked", detail: report.text };
  }
  const gap = findGap(tree, evidence) ?? stashGap(evidence);
  // A denied step may be the one that matters; every other obstacle is made good by the work.
  const complete = gap === undefined && report?.kind === "done" && obstacle?.kind !== "denied";
  if (obstacle !== undefined && !complete) return meet(obstacle, tree, evidence.renewals);
  const failed = failure === undefined || report?.kind === "done" ? undefined : failure;
  if (failed !== undefined) {
    const state =
      gap === undefined ? "its work is committed and complete" : `besides, ${gap.detail}`;
    const detail = `the agent ended with ${failed}; ${state}`;
    return { kind: "needs-human", reason: "agent-failed", detail };
  }
  if (gap !== undefined) {
    return reminded
      ? { kind: "needs-human", reason: gap.reason, detail: gap.detail }
      : { kind: "remind", missing: gap.missing };
  }
  if (tree.tip === null) throw new Error("a branch without a tip is a gap");
  return { kind: "ready", tip: tree.tip };
}

/** Most fresh sessions for one track, 3: a task that fills more is too large for one worker. */
const maxRenewals = 3;

/**
 * Chooses how to go on after an obstacle. A full session is followed by a fresh one, a few times at
 * most, and only if something new was done in it; the rest is a person's.
 */
function meet(
  { kind, detail }: TurnObstacle,
  tree: Extract<TreeEvidence, { kind: "present" }>,
  { count, mark: former }: Renewals,
): DoneDecision {
  switch (kind) {
    case "context":
    case "no-session": {
      const mark = `${tree.tip ?? tree.head}+${tree.dirty.length}`;
      const isStuck = count > 0 && mark === former;
      if (count < maxRenewals && !isStuck) return { kind: "renew", missing: afresh, mark };
      const often = isStuck ? "with nothing new done since" : `${count} times`;
      return kind === "context"
        ? {
            kind: "needs-human",
            reason: "context",
            detail: `${detail}, again, ${often}: split the task`,
          }
        : { kind: "needs-human", reason: "agent-failed", detail };
    }
    case "limit":
      return { kind: "hold", detail };
    case "denied":
    case "auth":
      return { kind: "needs-human", reason: kind, detail };
    default:
      return assertNever(kind);
  }
}

const afresh =
  "Somebody worked on this before you and could not go on. What is done is here: read `git log` and `git status` first, then finish what is left.";

function findGap(
  tree: Extract<TreeEvidence, { kind: "present" }>,
  { expected, refusal, refusedTip }: WorktreeFacts,
): Gap | undefined {
  const { branch, base } = expected;
  if (tree.unfinished !== null) {
    return {
      reason: "git-busy",
      missing: `${tree.unfinished} stands unfinished in your worktree: finish it, or abort it.`,
      detail: `${tree.unfinished} stands unfinished in its worktree: finish or abort it there`,
    };
  }
  if (tree.lock !== null) {
    return {
      reason: "git-busy",
      missing: `A git that was ended left the lock ${tree.lock}: remove it, and commit again.`,
      detail: `a git that was ended left ${tree.lock}: remove it and commit what is there`,
    };
  }
  return (
    branchGap(tree, branch) ??
    (tree.hasBase ? undefined : baseGap(base)) ??
    workGap(tree, { refusal, refusedTip })
  );
}

function branchGap(
  tree: Extract<TreeEvidence, { kind: "present" }>,
  branch: BranchName,
): Gap | undefined {
  if (tree.branch === branch && tree.tip !== null) return undefined;
  const where = tree.branch === null ? "a detached HEAD" : `the branch ${tree.branch}`;
  return {
    reason: "wrong-branch",
    missing: `You are on ${where}: bring your commits onto the branch ${branch} and stay on it.`,
    detail:
      tree.tip === null
        ? `its branch ${branch} is gone; HEAD is at ${tree.head.slice(0, 10)}`
        : `it is on ${where} at ${tree.head.slice(0, 10)}, not on ${branch}: bring the commits there, or switch back`,
  };
}

function baseGap(base: Sha): Gap {
  const short = base.slice(0, 10);
  return {
    reason: "wrong-branch",
    missing: `Your branch no longer contains ${short}, from which it was cut: rebase your work onto it.`,
    detail: `its branch no longer contains the base ${short}`,
  };
}

function refusalGap(said: string): Gap {
  return {
    reason: "not-done",
    missing: `Your changes are committed for you, and a commit hook of this repository refused them. Mend what it says, then end again; do not commit yourself. It said:\n\n${said.replace(/^/gm, "    ")}`,
    detail: `a commit hook refused its work: ${plainLine(said).slice(0, 300)}`,
  };
}

/**
 * Finds work amiss in stashes: all worktrees share one list, so stashed work lands with no track,
 * or with another.
 */
function stashGap({ stashed = [], reminded }: WorktreeFacts): Gap | undefined {
  // A stash that is in no list was taken or dropped; its own agent knows which, and is asked once.
  const [finding] = stashed.filter(({ kind }) => kind !== "gone" || !reminded);
  if (finding === undefined) return undefined;
  const { kind, stash } = finding;
  const paths = finding.paths.slice(0, 4).join(", ");
  const kept = stash.commit.slice(0, 10);
  switch (kind) {
    case "left":
      return {
        reason: "not-done",
        missing: `Work of yours lies in the stash ${kept} (stash@{${stash.place}}) and in no commit: ${paths}. Bring it back with \`git stash apply ${kept}\`, commit what belongs to your work, then drop it with \`git stash drop stash@{${stash.place}}\`. Do not stash again: all worktrees share one list.`,
        detail: `it left work in the stash ${kept} (stash@{${stash.place}}): ${paths}; git stash apply ${kept} in its worktree brings it back`,
      };
    case "gone":
      return {
        reason: "not-done",
        missing: `A stash of yours is not in the list any more, and what it held is in no commit of yours: ${paths}. All worktrees share one list, so another may have taken it. It is kept: \`git stash apply ${kept}\` brings it back; commit what belongs to your work. If you have dropped it on purpose, just end again.`,
        detail: `its stash ${kept} is in no list any more: ${paths}`,
      };
    case "foreign":
      return {
        reason: "not-done",
        missing: `These paths in your commits come from a stash of ${stash.branch}, not from your work: ${paths}. Take them out of your commits; the stash is kept (${kept}). All worktrees share one list: do not stash.`,
        detail: `its commits have what ${stash.branch} had put into a stash (${kept}): ${paths}`,
      };
    default:
      return assertNever(kind);
  }
}

function workGap(
  tree: Extract<TreeEvidence, { kind: "present" }>,
  { refusal, refusedTip }: Pick<WorktreeFacts, "refusal" | "refusedTip">,
): Gap | undefined {
  if (refusal !== undefined) return refusalGap(refusal);
  if (tree.dirty.length > 0) {
    const some = tree.dirty.slice(0, 10).join(", ");
    const more = tree.dirty.length > 10 ? ` and ${tree.dirty.length - 10} more` : "";
    return {
      reason: "not-done",
      missing: `These paths are not committed: ${some}${more}. Commit what belongs to your work, and remove or ignore the rest.`,
      detail: `not committed: ${some}${more}`,
    };
  }
  if (tree.commits === 0) {
    return {
      reason: "not-done",
      missing: "There is no commit of yours: do the work and commit it.",
      detail: "it ended without a commit",
    };
  }
  if (tree.tip === refusedTip) {
    return {
      reason: "not-done",
      missing: "Nothing has changed since your work was handed back: do what the handoff asks.",
      detail: "it ended without answering the hand-back",
    };
  }
  return undefined;
}
