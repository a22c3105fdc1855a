import type { Config } from "../ground/config/config.ts";
import { ExitCode, messageOf, PleachError } from "../ground/errors.ts";
import type { Git } from "../ground/git/git.ts";
import { requireCommit } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import type { WorkerId } from "../ground/ids.ts";
import {
  adoptProgram,
  beginProgram,
  type OpenProgram,
  openPrograms,
  type Program,
} from "../ground/program.ts";
import { withLease } from "../ground/store/lease.ts";
import { isLive, type Track, type TrackSeed } from "../track/track.ts";
import { trackFiles } from "../track/track-files.ts";
import { findTrack, recordTrack, requireTrack } from "../track/track-store.ts";
import { requireAgentReady } from "./agent-ready.ts";
import { createWorker, launchWorker, requireEnded } from "./launch.ts";
import { requireOpen } from "./limits/require-open.ts";
import { trackVariables, workerEnvironment } from "./worktree/environment.ts";
import { allocatePorts, findPorts, freePorts } from "./worktree/ports.ts";
import { provision, teardown } from "./worktree/provision.ts";
import {
  addWorktree,
  type Cut,
  cutMark,
  discardWorktree,
  requireFree,
} from "./worktree/worktree.ts";

export type TrackStart =
  | { readonly kind: "started"; readonly worker: WorkerId }
  /** Nothing is left of the track but its record and its log. */
  | { readonly kind: "failed"; readonly reason: string };

/** The steps between which a start can be killed; each is undone by `undoStart`. */
export const startSteps = ["cut", "provision"] as const;
type StartStep = (typeof startSteps)[number];

/** The facts needed to undo a start. */
type StartFacts = {
  readonly branch: string;
  readonly worktree: string;
  readonly base: string;
};

type StartProgram = Program<StartStep, StartFacts>;

/**
 * Longest wait for another process that cuts a worktree, 10 min: a large repository takes its time.
 */
const cutWaitMs = 600_000;

/**
 * Starts a track from nothing: branch and worktree, provisioning, then a worker. A failed creation
 * or setup leaves no branch and no folder; if killed at any instruction, `recoverStarts` undoes it.
 * @throws PleachError before anything is made: agent unknown or missing, name, branch or folder
 * taken
 */
export async function startTrack(
  ground: Ground,
  config: Config,
  seed: TrackSeed,
): Promise<TrackStart> {
  const former = findTrack(ground.store, seed.name);
  if (former !== undefined && isLive(former) && former.at.state !== "planned") {
    throw new PleachError({
      code: "track/live",
      message: `track ${seed.name} is ${former.at.state} already`,
      hint: `pleach status ${seed.name}, or choose another name`,
      exitCode: ExitCode.usage,
    });
  }
  await requireEnded(ground, seed.name);
  requireAgentReady(ground, config, seed.agent);
  // A track without tasks stands in no backlog, so no run knows how to start it again.
  const again = seed.tasks.length > 0 ? undefined : `pleach start ${seed.name} …, as before`;
  requireOpen(ground, config, { track: seed.name, agent: seed.agent, again });
  const { program, failure } = await cutAlone(ground, seed);
  return failure === undefined
    ? await growTrack(ground, config, { seed, program })
    : await failStart(ground, config, { seed, program, reason: failure });
}

export type TrackMade =
  | { readonly kind: "made"; readonly track: Track }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Makes a track whose work is done right here instead of by an agent: cut, filled, and ready. A
 * failure leaves no folder; if killed at any instruction, `recoverStarts` undoes it.
 * @param work commits in the worktree; returns the reason when it could not
 * @throws PleachError before anything is made: name, branch or folder taken
 */
export async function makeTrack(
  ground: Ground,
  config: Config,
  seed: TrackSeed,
  work: (here: Git) => Promise<string | undefined>,
): Promise<TrackMade> {
  const { program, failure } = await cutAlone(ground, seed);
  const here = ground.git.at(seed.worktree);
  const reason = failure ?? (await work(here).catch(messageOf));
  if (reason !== undefined) {
    // Half of the work is of no use: the branch goes back to the base, so that it can be removed.
    if (failure === undefined) await here.run(["reset", "--quiet", "--hard", seed.base]);
    const failed = await failStart(ground, config, { seed, program, reason });
    return failed.kind === "failed" ? failed : { kind: "failed", reason };
  }
  const tip = await requireCommit(here, "HEAD");
  program.finish(() => {
    recordTrack(ground, seed.name, { type: "track.started" });
    recordTrack(ground, seed.name, { type: "track.ready", tip });
  });
  return { kind: "made", track: requireTrack(ground.store, seed.name) };
}

async function cutAlone(ground: Ground, seed: TrackSeed): ReturnType<typeof cutTrack> {
  const cut: Cut = seed;
  const held = await withLease(ground, "worktrees", { waitMs: cutWaitMs }, async () => {
    await requireFree(ground, cut);
    return await cutTrack(ground, seed);
  });
  if (held.kind === "busy") {
    throw new PleachError({
      code: "worktree/busy",
      message: `another process (${held.owner.pid}) has been making a worktree for too long`,
      hint: "see what it does, end it if it hangs, and start again",
      exitCode: ExitCode.failed,
    });
  }
  return held.result;
}

async function cutTrack(
  ground: Ground,
  seed: TrackSeed,
): Promise<{ readonly program: StartProgram; readonly failure: string | undefined }> {
  const { branch, worktree, base, name } = seed;
  const facts: StartFacts = { branch, worktree, base };
  const start = { kind: startKind, subject: name, facts };
  const program = beginProgram<StartStep, StartFacts>(ground, start);
  ground.store.transaction(() => {
    if (findTrack(ground.store, name)?.at.state !== "planned") {
      recordTrack(ground, name, { type: "track.planned", seed });
    }
    recordTrack(ground, name, { type: "track.provisioning" });
  });
  let failure: string | undefined;
  await program.step("cut", async () => {
    failure = await addWorktree(ground, seed, program.id).catch(messageOf);
    return {};
  });
  return { program, failure };
}

interface Growing {
  readonly seed: TrackSeed;
  readonly program: StartProgram;
}

async function growTrack(ground: Ground, config: Config, growing: Growing): Promise<TrackStart> {
  const { seed, program } = growing;
  const files = trackFiles(ground.repo.stateDir, seed.name);
  let failure: string | undefined;
  await program.step("provision", async () => {
    try {
      const ports = await allocatePorts(ground.store, seed.name, config.worktrees.ports);
      const provisioned = await provision(ground, config.worktrees, {
        folder: seed.worktree,
        from: ground.repo.mainTop,
        logFile: files.setupLog,
        env: {
          ...workerEnvironment(ground, seed.worktree),
          ...trackVariables(seed, ground.repo.name, ports),
          [cutMark]: program.id,
        },
      });
      if (provisioned.kind === "failed") {
        failure = `${provisioned.step} failed: ${provisioned.detail} (log: ${provisioned.logFile})`;
      }
    } catch (error) {
      failure = messageOf(error);
    }
    return {};
  });
  if (failure !== undefined) {
    return await failStart(ground, config, { seed, program, reason: failure });
  }
  const worker = ground.ids.worker();
  program.finish(() => {
    recordTrack(ground, seed.name, { type: "track.started" });
    createWorker(ground, {
      id: worker,
      track: seed.name,
      agent: seed.agent,
      refusedTip: null,
      afresh: true,
    });
  });
  return await launchWorker(ground, seed.name, worker);
}

async function failStart(
  ground: Ground,
  config: Config,
  failing: Growing & { readonly reason: string },
): Promise<TrackStart> {
  const left = await undoStart(ground, config, failing.program);
  const reason = [failing.reason, ...left].join("; ");
  finishUndone(ground, failing.program, reason);
  return { kind: "failed", reason };
}

/**
 * Takes back a start: its setup, worktree, branch and ports.
 * @returns the parts that could not be undone
 */
async function undoStart(
  ground: Ground,
  config: Config,
  program: StartProgram,
): Promise<readonly string[]> {
  const name = program.subject as TrackSeed["name"];
  const { branch, worktree, base } = program.facts;
  const seed = findTrack(ground.store, name);
  const ports = findPorts(ground.store, name);
  const left: string[] = [];
  if (seed !== undefined && ports !== undefined) {
    const failures = await teardown(ground, config.worktrees, {
      folder: worktree,
      logFile: trackFiles(ground.repo.stateDir, name).setupLog,
      env: {
        ...workerEnvironment(ground, seed.worktree),
        ...trackVariables(seed, ground.repo.name, ports),
        [cutMark]: program.id,
      },
    });
    left.push(...failures.map((failure) => `teardown ${failure}`));
  }
  const cut = { branch, worktree, base } as Cut;
  left.push(...(await discardWorktree(ground, cut, program.id)));
  freePorts(ground.store, name);
  return left;
}

function finishUndone(ground: Ground, program: StartProgram, reason: string): void {
  const name = program.subject as TrackSeed["name"];
  program.finish(() => {
    const state = findTrack(ground.store, name)?.at.state;
    if (state !== "planned" && state !== "provisioning") return;
    recordTrack(ground, name, { type: "track.failed", reason });
  });
}

const startKind = "start";

/**
 * Undoes the starts whose process is gone, so that they can be started again.
 * @returns the tracks concerned
 */
export async function recoverStarts(
  ground: Ground,
  config: Config,
): Promise<readonly TrackSeed["name"][]> {
  const recovered: TrackSeed["name"][] = [];
  for (const open of openPrograms<StartStep, StartFacts>(ground.store, startKind)) {
    const program = await adoptProgram<StartStep, StartFacts>(
      ground,
      open as OpenProgram<StartStep, StartFacts>,
    );
    if (program === undefined) continue;
    const left = await undoStart(ground, config, program);
    finishUndone(ground, program, ["its start was interrupted", ...left].join("; "));
    recovered.push(program.subject as TrackSeed["name"]);
  }
  return recovered;
}
