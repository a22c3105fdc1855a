import { existsSync } from "node:fs";
import type { AccountId } from "../ground/ids.ts";
import { liveness } from "../ground/proc/identity.ts";
import { entriesNow } from "../grow/limits/hold-store.ts";
import { accountOfAgent } from "../grow/limits/login.ts";
import { openAsks } from "../talk/ask-store.ts";
import type { Track } from "../track/track.ts";
import { allTracks } from "../track/track-store.ts";
import { isOver, type Worker } from "../worker/worker.ts";
import { latestWorker } from "../worker/worker-store.ts";
import { freeWorkers, type RunFacts, type TrackFacts } from "./decide.ts";
import type { Run } from "./orchestrator.ts";
import { isOrdered, isReserved, landsByItself, orderOf, unseenAmong } from "./order.ts";

/** Gathers the facts: from the store, the processes, the folders, and the plan made from them. */
export async function gatherFacts(run: Run): Promise<RunFacts> {
  const { ground, config, options, state } = run;
  // Taken together with the tracks: an action that ends while we look is seen the next time.
  const underway = new Map(state.underway);
  // Read at one moment: a worker's end and its effect on the track are recorded together.
  const pairs = ground.store.moment(() =>
    allTracks(ground.store)
      .filter((track) => !state.stuck.has(track.name))
      .map((track) => [track, latestWorker(ground.store, track.name)] as const),
  );
  const { workers } = options;
  const stopping = options.signal.aborted;
  const accountFor = accountsOf(run);
  const lands = landsByItself(config, options);
  const seen = await Promise.all(pairs.map(([track, worker]) => factsOf(run, track, worker)));
  const known = pairs.map(([track]) => track);
  const ordered = isOrdered(config, options);
  const order = ordered ? orderOf(run, known) : undefined;
  const unseen = ordered ? unseenAmong(ground, known, ground.clock.now()) : undefined;
  const tracks = seen.map((track, at) => ({
    ...track,
    account: accountFor(pairs[at]?.[0].agent ?? ""),
    behind: order?.get(track.name),
    unseen: unseen?.has(track.name) === true,
  }));
  // Planning reads every worktree, so a plan is made only when a track could start.
  const planned = !stopping && freeWorkers({ tracks, underway, workers }) > 0;
  const startable = planned ? await run.planner.startable(state) : [];
  return {
    tracks,
    startable: startable
      .filter((name) => !underway.has(name))
      .map((name) => ({ name, account: accountFor(run.planner.seedOf(name).agent) })),
    holds: entriesNow(ground.store, ground.clock.now()),
    underway,
    workers,
    lands,
    spent: run.budget.over !== undefined,
    stopping,
  };
}

/** Finds the account each agent would use now; its login is read once for each look. */
function accountsOf({ ground, config }: Run): (agent: string) => AccountId {
  const known = new Map<string, AccountId>();
  return (agent) => {
    const account = known.get(agent) ?? accountOfAgent(ground, config, agent);
    known.set(agent, account);
    return account;
  };
}

type Seen = Omit<TrackFacts, "account" | "behind" | "unseen">;

async function factsOf(
  { ground, options, state }: Run,
  track: Track,
  worker: Worker | undefined,
): Promise<Seen> {
  return {
    name: track.name,
    at: track.at,
    since: track.since,
    worker: await workerOf(worker),
    revivals: state.revivals.get(track.name) ?? 0,
    standing: existsSync(track.worktree),
    reserved: isReserved(ground, track),
    isUnanswered:
      options.attended !== true && openAsks(ground.store).some((ask) => ask.track === track.name),
  };
}

/** Tells the state of a worker: over only when its supervisor is, which still checks the work. */
async function workerOf(worker: Worker | undefined): Promise<TrackFacts["worker"]> {
  if (worker === undefined) return "none";
  // Just created: the supervisor has not recorded itself yet. Recovery finds out if it never will.
  if (worker.supervisor === null) return worker.at.state === "starting" ? "running" : "over";
  const life = await liveness(worker.supervisor);
  if (life === "alive") return "running";
  if (life === "unknown" || worker.at.state === "unknown") return "unknown";
  // Gone, but recovery has not yet proven its whole tree gone.
  return isOver(worker) ? "over" : "running";
}
