import { committerOf, requireAgent } from "../../agents/known.ts";
import type { Config } from "../../ground/config/config.ts";
import { ExitCode, messageOf, PleachError } from "../../ground/errors.ts";
import type { Ground } from "../../ground/ground.ts";
import type { WorkerId } from "../../ground/ids.ts";
import { describeEnding, type Ending } from "../../ground/proc/run.ts";
import { requireTrack } from "../../track/track-store.ts";
import { sessionOf, type Worker } from "../../worker/worker.ts";
import { claimWorker, findWorker, recordWorker } from "../../worker/worker-store.ts";
import type { DoneDecision } from "../done/done.ts";
import { crashOf, readTurn } from "../done/outcome.ts";
import { type FinalDecision, judge, recordDecision } from "../done/settle.ts";
import { watchStashes } from "../done/stashes.ts";
import { accountOfAgent } from "../limits/login.ts";
import { writeRenewal } from "../prompt/write-renewal.ts";
import { endAgentTree, endedBySomeone } from "../turn/end-worker.ts";
import type { TurnEnd } from "../turn/turn.ts";
import { refuseTurn, watchBudget } from "../turn/turn-permit.ts";
import type { TurnRunner } from "../turn/turn-runner.ts";
import { turnRunnerOf } from "./stream-turn-runner.ts";
import {
  type SuperviseOptions,
  type Supervision,
  startTurn,
  type TurnPurpose,
} from "./turn-start.ts";

/** Ended by a signal so often, it is not the machine's bad luck. */
const maxCrashes = 3;

/**
 * Stays with one worker from its start to its recorded end: the agent does not outlive it. Started
 * by a host as `pleach supervise WORKER`, in a session of its own.
 * @throws PleachError `worker/taken` when another supervises it, or when it is over
 */
export async function supervise(
  ground: Ground,
  config: Config,
  id: WorkerId,
  options: SuperviseOptions,
): Promise<ExitCode> {
  const worker = claimWorker(ground, id);
  if (worker === undefined) {
    throw new PleachError({
      code: "worker/taken",
      message: `the worker ${id} does not wait for a supervisor`,
      hint: "start one by its track: pleach start TRACK",
      exitCode: ExitCode.failed,
    });
  }
  const track = requireTrack(ground.store, worker.track);
  const over = new AbortController();
  // A budget that cannot be watched is found by the checks before each turn.
  const stashes = watchStashes(ground);
  const watched = watchBudget(ground, config, id, over.signal).catch(() => undefined);
  try {
    const account = accountOfAgent(ground, config, track.agent);
    return await attend({ ground, config, track, worker, options, account });
  } catch (error) {
    // The disk is full, or a bug: said where a person looks, instead of a silent loss.
    const detail =
      error instanceof PleachError
        ? `${error.message}; ${error.hint}`
        : `its supervisor failed: ${messageOf(error)}`;
    const tree = await endAgentTree(ground, id);
    const bug: Ending = { kind: "exited", code: ExitCode.bug };
    const failed: TurnEnd = { ending: bug, tree, cause: "by-itself", seen: undefined };
    const unsettled = abandon(ground, worker, failed);
    if (unsettled === undefined) {
      end(ground, worker, bug, { kind: "needs-human", reason: "agent-failed", detail });
    }
    throw error;
  } finally {
    over.abort();
    await Promise.all([watched, stashes.stop()]);
  }
}

/**
 * The agent's turns: one, again when something is missing or its session is full, each once, and
 * again for what it is told.
 */
async function attend(supervision: Supervision): Promise<ExitCode> {
  const { ground, config, track, worker, options } = supervision;
  const agent = requireAgent(config, track.agent);
  const commit = committerOf(config, track);
  let reminded = false;
  const player = turnRunnerOf(agent, worker.mode ?? track.mode, options.terminal);
  const messages = options.messages(worker);
  messages.withdraw("its agent was started again");
  let next: Omit<TurnPurpose, "session"> = {
    commit,
    missing: undefined,
    isTold: false,
    crash: undefined,
  };
  for (;;) {
    if (options.signal.aborted) return stopped(ground, worker);
    const refused = await refuseTurn(ground, config, supervision);
    if (refused !== undefined) return rest(supervision, undefined, refused);
    const keeps = agent.readLine !== undefined;
    const session = keeps ? sessionOf(latest(supervision)) : null;
    const turn = await startTurn({ ...supervision, agent, player, messages }, { ...next, session });
    const unsettled = abandon(ground, worker, turn);
    if (unsettled !== undefined) return unsettled;
    const { report, crashes = 0 } = latest(supervision);
    const crash = report === null && crashes < maxCrashes ? crashOf(turn, keeps) : undefined;
    if (crash !== undefined) {
      recordWorker(ground, atOf(worker), { type: "worker.crashed", signal: crash });
      next = { ...next, crash };
      continue;
    }
    const { failure, obstacle } = readTurn({
      failure: failureOf(turn.ending),
      seen: turn.seen,
      resumed: session !== null,
    });
    if (obstacle?.kind === "context" || obstacle?.kind === "no-session") {
      recordWorker(ground, atOf(worker), { type: "worker.spent", why: obstacle.detail });
    }
    const mayGoOn = keeps && failure === undefined && obstacle === undefined;
    const hasMessages = mayGoOn && messages.pending().some((one) => !one.isNotice);
    if (hasMessages && (await refuseTurn(ground, config, supervision)) === undefined) {
      recordWorker(ground, atOf(worker), { type: "worker.reminded", missing: "it has mail" });
      next = { commit, missing: undefined, isTold: true, crash: undefined };
      continue;
    }
    const look = async () =>
      await judge(ground, {
        ...{ track, worker: latest(supervision), failure, obstacle, commit, reminded },
        renewals: latest(supervision).renewals,
        commitLimits: { hooksMs: config.hooks.timeoutMs, signal: options.signal },
      });
    const judged = await judgeTurn(supervision, { player, turn, look });
    if (judged.kind === "over") return judged.exitCode;
    const { missing } = judged;
    next = { commit, missing, isTold: true, crash: undefined };
    if (judged.kind === "renew") {
      await renew(supervision, judged.mark, obstacle?.detail ?? missing);
    } else {
      reminded = true;
      recordWorker(ground, atOf(worker), { type: "worker.reminded", missing });
    }
  }
}

/**
 * Judges a turn's work. An agent that still listens is ended before its work counts as done, and the
 * worktree is looked at once more.
 * @returns what to tell it, or how it is over
 */
async function judgeTurn(
  supervision: Supervision,
  {
    player,
    turn,
    look,
  }: {
    readonly player: TurnRunner;
    readonly turn: TurnEnd;
    readonly look: () => Promise<DoneDecision>;
  },
): Promise<
  | Extract<DoneDecision, { kind: "remind" | "renew" }>
  | { readonly kind: "over"; readonly exitCode: ExitCode }
> {
  const { ground, config, worker, account, options } = supervision;
  const over = (exitCode: ExitCode) => ({ kind: "over", exitCode }) as const;
  const first = await look();
  if (options.signal.aborted) return over(stopped(ground, worker));
  const refused = await refuseTurn(ground, config, supervision);
  if (first.kind === "remind" && refused === undefined) return first;
  const closed = await player.close();
  const torn = closed === undefined ? undefined : abandon(ground, worker, closed);
  if (torn !== undefined) return over(torn);
  const decision = closed === undefined ? first : await look();
  if (options.signal.aborted && decision.kind === "needs-human") {
    return over(stopped(ground, worker));
  }
  const ending = closed?.ending ?? turn.ending;
  if (decision.kind === "ready" || decision.kind === "needs-human") {
    end(ground, worker, ending, decision);
    return over(decision.kind === "ready" ? ExitCode.ok : ExitCode.needsHuman);
  }
  if (decision.kind === "hold") return over(rest(supervision, ending, { ...decision, account }));
  return refused === undefined ? decision : over(rest(supervision, ending, refused));
}

/** Ends a worker that may begin no turn now; with a held account it goes on in the same session later. */
function rest(
  { ground, worker }: Supervision,
  ending: Ending | null | undefined,
  refused: FinalDecision,
): ExitCode {
  const nothing: Ending = { kind: "exited", code: 0 };
  end(ground, worker, ending ?? nothing, refused);
  return refused.kind === "needs-human" ? ExitCode.needsHuman : ExitCode.ok;
}

/** A fresh session follows; what the full one knew is written down for it. */
async function renew(supervision: Supervision, mark: string, why: string): Promise<void> {
  const { ground, track, worker } = supervision;
  await writeRenewal(ground, track, why);
  const count = latest(supervision).renewals.count + 1;
  recordWorker(ground, atOf(worker), { type: "worker.renewed", count, mark });
}

const atOf = ({ track, id }: Worker) => ({ track, worker: id });

const latest = ({ ground, worker }: Pick<Supervision, "ground" | "worker">): Worker =>
  findWorker(ground.store, worker.id) ?? worker;

/** Turns whose work is not judged: stopped, taken over, or with processes that may still write. */
function abandon(ground: Ground, worker: Worker, turn: TurnEnd): ExitCode | undefined {
  if (turn.tree.kind === "not-ended") {
    const why = turn.tree.why;
    ground.store.transaction(() => {
      recordWorker(ground, atOf(worker), { type: "worker.unknown", why });
      recordDecision(ground, worker, { kind: "needs-human", reason: "not-ended", detail: why });
    });
    return ExitCode.needsHuman;
  }
  if (turn.cause === "stopped") return stopped(ground, worker);
  return turn.cause === "fenced" ? ExitCode.failed : undefined;
}

function stopped(ground: Ground, worker: Worker): ExitCode {
  recordWorker(ground, atOf(worker), endedBySomeone(ground, worker));
  return ExitCode.interrupted;
}

/** The worker's end and what it means for the track, in one transaction. */
function end(ground: Ground, worker: Worker, ending: Ending | null, decision: FinalDecision): void {
  ground.store.transaction(() => {
    recordWorker(
      ground,
      atOf(worker),
      ending?.kind === "signalled"
        ? { type: "worker.killed", signal: ending.signal }
        : { type: "worker.ended", code: ending?.kind === "exited" ? ending.code : notStarted },
    );
    recordDecision(ground, worker, decision);
  });
}

/** The exit codes by which a shell says that a program cannot be started. */
const notStarted = 127;

function failureOf(ending: Ending | null): string | undefined {
  if (ending === null) return undefined;
  return ending.kind === "exited" && ending.code === 0 ? undefined : describeEnding(ending);
}
