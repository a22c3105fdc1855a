import type { Config } from "../ground/config/config.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { pushCommit } from "../ground/git/push.ts";
import { branchRef, isAncestor, requireCommit } from "../ground/git/refs.ts";
import { readStatus } from "../ground/git/status.ts";
import type { Ground } from "../ground/ground.ts";
import type { BranchName, Sha, TrackName } from "../ground/ids.ts";
import { succeeded } from "../ground/proc/run.ts";
import type { LandingVerdict, LandReport } from "../land/landing/landing.ts";
import { reportOf } from "../land/landing/report.ts";
import { landTrack } from "../land/queue/land-track.ts";
import { rebaseInPlace } from "../land/weave/plain-rebase.ts";
import type { Track } from "../track/track.ts";
import { recordTrack, requireTrack } from "../track/track-store.ts";
import { latestWorker } from "../worker/worker-store.ts";
import { candidatesOf } from "./candidates.ts";
import { type Gh, requireGh } from "./gh.ts";
import { pullTarget } from "./pull.ts";
import {
  baseOf,
  nextRequestAction,
  type PullRequest,
  type RequestAction,
  type RequestCandidate,
  requestBody,
  requestTitle,
} from "./request.ts";
import { findRequest, recordRequest } from "./request-store.ts";
import { lookUpstream, type Upstream } from "./upstream.ts";

export interface RequestOptions {
  readonly signal: AbortSignal;
  /** The time between two looks at the forge, in milliseconds. */
  readonly pollMs: number;
  readonly onNote: (text: string) => void;
  readonly onReport: (report: LandReport) => void;
}

type Remote = Extract<Upstream, { kind: "known" }>;

interface Following {
  readonly ground: Ground;
  readonly config: Config;
  readonly options: RequestOptions;
  readonly gh: Gh;
  readonly remote: Remote;
}

/**
 * Lands tracks through pull requests: pushes and opens them in the order in which they stand on
 * each other, follows them until each is merged or closed, and lands the rest of a merged track
 * (its ticks) here. After an interruption or a kill, the next call goes on where the requests are.
 * @throws PleachError `gh/missing`, `gh/login`, `pr/no-remote` (exit 4), `pr/taken` (exit 3)
 */
export async function landByRequests(
  ground: Ground,
  config: Config,
  names: readonly TrackName[],
  options: RequestOptions,
): Promise<readonly LandReport[]> {
  const gh = await requireGh(ground);
  const remote = await requireRemote(ground, config);
  const following: Following = { ground, config, options, gh, remote };
  const reports: LandReport[] = [];
  let told = 0;
  for (let open = names; open.length > 0; ) {
    const still: TrackName[] = [];
    const candidates = await candidatesOf(ground, config, open);
    for (const candidate of candidates) {
      if (options.signal.aborted) return reports;
      const report = await moveOn(following, candidate, candidates);
      if (report === undefined) still.push(candidate.track);
      else {
        reports.push(report);
        options.onReport(report);
      }
    }
    // A merged request lets the next be put on the target at once.
    const moved = still.length < open.length;
    open = still;
    if (open.length > 0 && open.length !== told) options.onNote(waitingFor(open));
    told = open.length;
    if (open.length > 0 && !moved) await ground.clock.sleep(options.pollMs, options.signal);
    if (options.signal.aborted) return reports;
  }
  return reports;
}

/** Says which requests are waited for, and how to leave and come back. */
const waitingFor = (names: readonly TrackName[]): string =>
  `waiting for ${names.join(", ")} to be merged or closed; to stop waiting: Ctrl-C, to go on: pleach land --pr`;

async function requireRemote(ground: Ground, config: Config): Promise<Remote> {
  const upstream = await lookUpstream(ground, config, { offline: false });
  if (upstream.kind === "known" && upstream.remote !== "" && upstream.remote !== ".") {
    return upstream;
  }
  const unreachable = upstream.kind === "unreachable";
  throw new PleachError({
    code: "pr/no-remote",
    message: unreachable
      ? `${upstream.remote} cannot be reached: ${upstream.why}`
      : `${config.target} follows no branch of a remote, so there is nothing to open a pull request on`,
    hint: unreachable
      ? "when it answers again: pleach land --pr"
      : `git push --set-upstream origin ${config.target}`,
    exitCode: ExitCode.prerequisite,
  });
}

/** Looks at one track once, and acts on it; @returns the report once the track is over. */
async function moveOn(
  following: Following,
  candidate: RequestCandidate,
  all: readonly RequestCandidate[],
): Promise<LandReport | undefined> {
  const { ground, gh, remote } = following;
  const track = requireTrack(ground.store, candidate.track);
  const request = findRequest(ground.store, track, "open");
  const base = baseOf(candidate, all, remote.branch);
  const seen = request === undefined ? undefined : await gh.look(request.number);
  const action = nextRequestAction({ request, seen, tip: candidate.tip, base });
  const baseTip = all.find(({ branch }) => branch === base)?.tip ?? null;
  return await act(following, { track, request, action, base, baseTip, tip: candidate.tip });
}

interface Move {
  readonly track: Track;
  readonly request: PullRequest | undefined;
  readonly action: RequestAction;
  readonly base: BranchName;
  readonly baseTip: Sha | null;
  readonly tip: Sha;
}

async function act(following: Following, move: Move): Promise<LandReport | undefined> {
  const { ground } = following;
  const { track, request, action } = move;
  if (request === undefined) {
    await open(following, move);
    return undefined;
  }
  switch (action.kind) {
    case "open":
    case "wait":
      return undefined;
    case "push": {
      await push(following, track, { tip: move.tip, expected: request.pushed });
      const pushed = { ...request, pushed: move.tip };
      recordRequest(ground.store, track, { type: "request.pushed", request: pushed });
      return undefined;
    }
    case "restack":
      return await restack(following, { ...move, request });
    case "settle":
      return await settle(following, track, request);
    case "give-up":
      return giveUp(following, track, request);
  }
}

/** Opens a request; called again after a kill, finds the branch pushed and the request open. */
async function open(
  { ground, config, gh, options, remote }: Following,
  { track, base, baseTip, tip }: Move,
): Promise<void> {
  await requireClean(ground, track);
  const following = { ground, config, gh, options, remote };
  const { branch: head } = track;
  const there = await gh.findOpen(head);
  const former = findRequest(ground.store, track, "over")?.pushed ?? null;
  await push(following, track, { tip, expected: there === undefined ? former : undefined });
  const summary = latestWorker(ground.store, track.name)?.report?.text;
  const found =
    there ??
    (await gh.open({ head, base, title: requestTitle(track), body: requestBody(track, summary) }));
  const { number, url } = found;
  const request = { track: track.name, number, url, head, base, baseTip, pushed: tip };
  recordRequest(ground.store, track, { type: "request.opened", request });
  options.onNote(`${track.name}: pull request #${number} into ${base}: ${url}`);
}

async function requireClean({ git }: Ground, { name, worktree }: Track): Promise<void> {
  const { entries } = await readStatus(git.at(worktree), { untracked: "all" });
  if (entries.length === 0) return;
  throw new PleachError({
    code: "pr/not-done",
    message: `${name} has changes that are not committed: ${entries[0]?.path ?? ""}`,
    hint: `git -C '${worktree}' status shows them; commit or discard them first`,
    exitCode: ExitCode.needsHuman,
  });
}

async function push(
  { ground, config, remote }: Following,
  { name, branch }: Track,
  { tip, expected }: { readonly tip: Sha; readonly expected: Sha | null | undefined },
): Promise<void> {
  const { timeoutMs: hooksMs } = config.hooks;
  const to = { remote: remote.remote, branch, commit: tip, hooksMs };
  const pushed = await pushCommit(ground.git, { ...to, expected });
  if (pushed.kind === "pushed") return;
  // A process killed after the push, before recording it, leaves there exactly the commit to be
  // pushed.
  if (pushed.kind === "taken" && (await isThere(ground, to))) return;
  const words = `git fetch ${remote.remote} && git log ${remote.remote}/${branch} shows it`;
  throw new PleachError({
    code: pushed.kind === "taken" ? "pr/taken" : "pr/push",
    message:
      pushed.kind === "taken"
        ? `${remote.remote} has other commits on ${branch}, and they are not overwritten`
        : `${name} could not be pushed to ${remote.remote}: ${pushed.why}`,
    hint: pushed.kind === "taken" ? words : "when that is mended: pleach land --pr",
    exitCode: pushed.kind === "taken" ? ExitCode.needsHuman : ExitCode.failed,
  });
}

async function isThere(
  { git }: Ground,
  { remote, branch, commit }: { remote: string; branch: BranchName; commit: Sha },
): Promise<boolean> {
  const listed = await git.run(["ls-remote", "--", remote, `refs/heads/${branch}`]);
  return succeeded(listed) && listed.stdout.toString().startsWith(commit);
}

/** Rebases the track's own commits onto the target, which has the commits it stood on by now. */
async function restack(
  following: Following,
  { track, request, base, baseTip, tip }: Move & { readonly request: PullRequest },
): Promise<LandReport | undefined> {
  const { ground, config, gh } = following;
  await requireClean(ground, track);
  const here = ground.git.at(track.worktree);
  const onto = baseTip ?? (await requireCommit(ground.git, branchRef(config.target)));
  if (request.baseTip !== null && !(await isAncestor(ground.git, onto, tip))) {
    if (!(await rebaseInPlace(here, onto, request.baseTip))) {
      return block(following, track, {
        detail: `pull request #${request.number} does not go onto ${base} without conflict`,
        hint: `in ${track.worktree}: git rebase --onto ${base} ${request.baseTip}, then pleach land --pr`,
        reason: "conflict",
      });
    }
  }
  const fresh = await requireCommit(ground.git, branchRef(track.branch));
  await push(following, track, { tip: fresh, expected: request.pushed });
  await gh.retarget(request.number, base);
  const moved = { ...request, base, baseTip, pushed: fresh };
  ground.store.transaction(() => {
    if (track.at.state === "ready") {
      recordTrack(ground, track.name, { type: "track.ready", tip: fresh });
    }
    recordRequest(ground.store, track, { type: "request.restacked", request: moved });
  });
  return undefined;
}

/**
 * Settles a merged request: the local target follows, the ticks land here, and are pushed there.
 */
async function settle(
  { ground, config, options, remote }: Following,
  track: Track,
  request: PullRequest,
): Promise<LandReport> {
  const upstream = await lookUpstream(ground, config, { offline: false });
  if (upstream.kind === "known") await pullTarget(ground, config, upstream);
  const { signal, onNote } = options;
  const report = await landTrack(ground, config, track.name, { merged: true, signal });
  if (report.outcome !== "landed") return report;
  recordRequest(ground.store, track, { type: "request.merged", request });
  const { commit } = report;
  const { timeoutMs: hooksMs } = config.hooks;
  const to = { remote: remote.remote, branch: remote.branch, expected: undefined, hooksMs };
  const pushed = commit === undefined ? undefined : await pushCommit(ground.git, { ...to, commit });
  if (pushed !== undefined && pushed.kind !== "pushed") {
    const why = pushed.kind === "failed" ? pushed.why : "it has moved on";
    onNote(`${track.name}: its tick is here only, ${remote.name} does not take it: ${why}`);
  }
  return report;
}

function giveUp(following: Following, track: Track, request: PullRequest): LandReport {
  recordRequest(following.ground.store, track, { type: "request.closed", request });
  return block(following, track, {
    detail: `pull request #${request.number} was closed without being merged`,
    hint: `pleach start ${track.name} works on it, pleach land ${track.name} lands it here, pleach drop ${track.name} discards it`,
    reason: "closed",
  });
}

function block(
  { ground, config }: Following,
  { name }: Track,
  { reason, detail, hint }: { reason: string; detail: string; hint: string },
): LandReport {
  recordTrack(ground, name, { type: "track.blocked", reason: "review", detail, hint });
  const verdict: LandingVerdict = { outcome: "needs-human", reason, detail, hint, paths: [] };
  const how = { strategy: "rebase", acceptGate: false, noGate: false } as const;
  return reportOf({ track: name, target: config.target, ...how, verdict });
}
