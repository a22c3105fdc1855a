import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "../ground/config/config.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { findRegistration } from "../ground/git/registration.ts";
import type { Ground } from "../ground/ground.ts";
import type { WorkerId } from "../ground/ids.ts";
import { type FoundProcesses, findInside, findTree } from "../ground/proc/find.ts";
import { stopTrack } from "../grow/stop.ts";
import { markOf, supervisorMark } from "../grow/turn/end-worker.ts";
import { trackVariables, workerEnvironment } from "../grow/worktree/environment.ts";
import { findPorts } from "../grow/worktree/ports.ts";
import { teardown } from "../grow/worktree/provision.ts";
import type { Track } from "../track/track.ts";
import { latestWorker } from "../worker/worker-store.ts";

/*
 * Checks before a worktree is put away. Each throws a PleachError when something speaks against it;
 * a look that fails speaks against it too.
 */

function refusal(code: string, message: string, hint: string): PleachError {
  return new PleachError({ code: `drop/${code}`, message, hint, exitCode: ExitCode.failed });
}

/** Checks everything that can be told before anything is done. */
export function requireRemovable({ repo, invocation }: Ground, config: Config, track: Track): void {
  const { name, worktree } = track;
  if (track.at.state === "dropped") {
    throw refusal("done", `track ${name} is dropped already`, `pleach restore ${name}`);
  }
  const registration = findRegistration(repo.commonDir, worktree);
  const isThere = existsSync(worktree);
  if (registration === undefined) {
    if (!isThere) return;
    const hint = `look at it, then move it away by hand, or: git worktree repair '${worktree}'`;
    throw refusal("unregistered", `git knows no worktree at ${worktree}`, hint);
  }
  if (registration.folder === "foreign") {
    const hint = `look at it, then: git worktree repair '${worktree}'`;
    throw refusal("foreign", `${worktree} is not the worktree that git registered there`, hint);
  }
  if (registration.locked) {
    const hint = `git worktree unlock '${worktree}', then run the same command again`;
    throw refusal("locked", `the worktree ${worktree} is locked`, hint);
  }
  if (!isThere) return;
  const real = realpathSync(worktree);
  const here = [realpathSync(invocation.folder), repo.top];
  if (here.some((folder) => folder === real || folder.startsWith(`${real}/`))) {
    const hint = `cd '${repo.mainTop}', then run the same command again`;
    throw refusal("here", `this command runs inside ${worktree}`, hint);
  }
  const root = nearestFolder(join(config.worktrees.root, ".dropped"));
  if (statSync(root).dev !== statSync(real).dev) {
    const hint = "set worktrees.root in pleach.toml to a folder on the same file system";
    const message = `${worktree} cannot be moved aside whole: ${root} is on another file system`;
    throw refusal("other-device", message, hint);
  }
}

function nearestFolder(path: string): string {
  return existsSync(path) ? path : nearestFolder(dirname(path));
}

/** Ends the worker of a track and proves that no process works in its folder. */
export async function endInside(ground: Ground, track: Track, isThere: boolean): Promise<void> {
  const worker = latestWorker(ground.store, track.name);
  // Other processes are looked for first: when they forbid the drop, the worker is not ended in
  // vain.
  if (isThere) await requireNobodyInside(track.worktree, worker?.id);
  const ended = await stopTrack(ground, track.name);
  if (ended.kind !== "gone") {
    const hint = `pleach stop ${track.name}, then run the same command again`;
    const message = `the worker of ${track.name} is not proven gone: ${ended.why}`;
    throw refusal("worker", message, hint);
  }
  if (isThere) await requireNobodyInside(track.worktree);
}

/**
 * Checks that no process works in a folder.
 * @param but a worker whose processes may be inside
 * @throws PleachError `drop/inside`, `drop/unknown`
 */
export async function requireNobodyInside(folder: string, but?: WorkerId): Promise<void> {
  const inside = await findInside(realpathSync(folder));
  const own = but === undefined ? nobody : await processesOf(but);
  if (inside.kind === "unknown" || own.kind === "unknown") {
    const why = inside.kind === "unknown" ? inside.why : own.kind === "unknown" ? own.why : "";
    const hint = "make sure that nothing runs in it, then run the same command again";
    throw refusal("unknown", `who works in ${folder} cannot be told: ${why}`, hint);
  }
  const ownPids = new Set(own.processes.map(({ pid }) => pid));
  const others = inside.processes.map(({ pid }) => pid).filter((pid) => !ownPids.has(pid));
  if (others.length === 0) return;
  const hint = `end it or let it leave the folder (ps -o pid,args -p ${others.join(",")})`;
  throw refusal("inside", `process ${others.join(", ")} works in ${folder}`, hint);
}

const nobody: FoundProcesses = { kind: "known", processes: [] };

/** Finds the supervisor of a worker, its agent, and every process that they started. */
export async function processesOf(worker: WorkerId): Promise<FoundProcesses> {
  const agent = await findTree(markOf(worker));
  const supervisor = await findTree({ name: supervisorMark, value: worker });
  if (agent.kind === "unknown") return agent;
  if (supervisor.kind === "unknown") return supervisor;
  return { kind: "known", processes: [...agent.processes, ...supervisor.processes] };
}

/** Runs the user's `teardown`; @returns a line for each command that failed */
export async function runTeardown(
  ground: Ground,
  config: Config,
  track: Track,
): Promise<readonly string[]> {
  if (config.worktrees.teardown.length === 0) return [];
  const { clock, repo, store } = ground;
  const ports = findPorts(store, track.name);
  const env = {
    ...workerEnvironment(ground, track.worktree),
    ...trackVariables(track, repo.name, ports),
  };
  const logFile = join(repo.stateDir, "tracks", track.name, "teardown.log");
  return await teardown({ clock }, config.worktrees, { folder: track.worktree, logFile, env });
}
