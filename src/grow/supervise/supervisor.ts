import type { Agent } from "../../agents/agent.ts";
import { committerOf, requireAgent } from "../../agents/known.ts";
import type { Config } from "../../ground/config/config.ts";
import { assertNever, ExitCode, messageOf, PleachError } from "../../ground/errors.ts";
import type { Ground } from "../../ground/ground.ts";
import type { WorkerId } from "../../ground/ids.ts";
import { describeEnding, type Ending } from "../../ground/proc/run.ts";
import { requireTrack } from "../../track/track-store.ts";
import { sessionOf, type Worker } from "../../worker/worker.ts";
import { claimWorker, findWorker, recordWorker } from "../../worker/worker-store.ts";
import type { MessageStore } from "../delivery/message-store-port.ts";
import type { DoneDecision } from "../done/done.ts";
import { crashOf, readTurn, type TurnReading } from "../done/outcome.ts";
import { type FinalDecision, judge, recordDecision } from "../done/settle.ts";
import { watchStashes } from "../done/stashes.ts";
import { accountOfAgent } from "../limits/login.ts";
import { writeRenewal } from "../prompt/write-renewal.ts";
import { endAgentTree, endedBySomeone } from "../turn/end-worker.ts";
import type { TurnEnd } from "../turn/turn.ts";
import { refuseTurn, watchBudget } from "../turn/turn-permit.ts";
import type { TurnRunner } from "../turn/turn-runner.ts";
import {
  dependsOnPermit,
  type EndedFacts,
  nextTurn,
  type Progress,
  type TurnReason,
} from "./next-turn.ts";
import { turnRunnerOf } from "./stream-turn-runner.ts";
import { type SuperviseOptions, type Supervision, startTurn } from "./turn-start.ts";

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
 * Plays the agent's turns as `nextTurn` decides: one, another when something is missing or the
 * session is full, each once, and more for what the agent is told.
 */
async function attend(supervision: Supervision): Promise<ExitCode> {
  const { ground, config, track, worker, options, account } = supervision;
  const agent = requireAgent(config, track.agent);
  const commit = committerOf(config, track);
  const runner = turnRunnerOf(agent, worker.mode ?? track.mode, options.terminal);
  const messages = options.messages(worker);
  messages.withdraw("its agent was started again");
  const attended: Attended = { ...supervision, agent, runner, messages };
  let progress: Progress = {
    kind: "before",
    reason: { commit, missing: undefined, isTold: false, crash: undefined },
  };
  let refused: FinalDecision | undefined;
  let played: PlayedTurn | undefined;
  let isReminded = false;
  for (;;) {
    if (dependsOnPermit(progress)) refused = await refuseTurn(ground, config, supervision);
    const step = nextTurn(progress, { isStopped: options.signal.aborted, refused, account });
    switch (step.kind) {
      case "stop":
        return stopped(ground, worker);
      case "rest":
        return rest(supervision, progress.kind === "before" ? null : played?.ending, step.refused);
      case "end":
        end(ground, worker, played?.ending ?? null, step.decision);
        return step.decision.kind === "ready" ? ExitCode.ok : ExitCode.needsHuman;
      case "again":
        isReminded ||= progress.kind === "judged";
        recordWorker(ground, subjectOf(worker), step.event);
        progress = { kind: "before", reason: step.reason };
        break;
      case "renew":
        await renew(supervision, step.mark, played?.obstacle?.detail ?? step.reason.missing ?? "");
        progress = { kind: "before", reason: step.reason };
        break;
      case "begin": {
        const turn = await playTurn(attended, step.reason);
        if (turn.kind === "over") return turn.exitCode;
        played = turn.played;
        progress = { kind: "ended", reason: step.reason, facts: turn.facts };
        break;
      }
      case "judge":
      case "close": {
        const judged = await judgeTurn(attended, progress, {
          ...{ played, isReminded, isClosed: step.kind === "close" },
        });
        if (judged.kind === "over") return judged.exitCode;
        ({ played, progress } = judged);
        break;
      }
      default:
        assertNever(step);
    }
  }
}

/** A supervision with the agent that it attends, and the means to play its turns. */
interface Attended extends Supervision {
  readonly agent: Agent;
  readonly runner: TurnRunner;
  readonly messages: MessageStore;
}

/** A turn that was played, as its work is judged by it. */
interface PlayedTurn extends TurnReading {
  /** How the process ended; null while it listens. */
  readonly ending: Ending | null;
}

/** Plays one turn, and reads how it ended. */
async function playTurn(
  attended: Attended,
  reason: TurnReason,
): Promise<
  | { readonly kind: "over"; readonly exitCode: ExitCode }
  | { readonly kind: "ended"; readonly played: PlayedTurn; readonly facts: EndedFacts }
> {
  const { ground, worker, agent, messages } = attended;
  const keeps = agent.readLine !== undefined;
  const session = keeps ? sessionOf(latest(attended)) : null;
  const turn = await startTurn(attended, { ...reason, session });
  const exitCode = abandon(ground, worker, turn);
  if (exitCode !== undefined) return { kind: "over", exitCode };
  const { report, crashes = 0 } = latest(attended);
  const crash = report === null && crashes < maxCrashes ? crashOf(turn, keeps) : undefined;
  const failure = failureOf(turn.ending);
  const reading = readTurn({ failure, seen: turn.seen, resumed: session !== null });
  const { obstacle } = reading;
  const isSpent = obstacle?.kind === "context" || obstacle?.kind === "no-session";
  if (crash === undefined && isSpent) {
    recordWorker(ground, subjectOf(worker), { type: "worker.spent", why: obstacle.detail });
  }
  const mayGoOn = keeps && reading.failure === undefined && obstacle === undefined;
  const hasMessages = mayGoOn && messages.pending().some((one) => !one.isNotice);
  const played = { ...reading, ending: turn.ending };
  return { kind: "ended", played, facts: { crash, mayGoOn, hasMessages } };
}

/**
 * Judges a turn's work. To close, an agent that still listens is ended first, and the worktree is
 * looked at once more if there was such an agent.
 */
async function judgeTurn(
  attended: Attended,
  progress: Progress,
  state: {
    readonly played: PlayedTurn | undefined;
    readonly isReminded: boolean;
    readonly isClosed: boolean;
  },
): Promise<
  | { readonly kind: "over"; readonly exitCode: ExitCode }
  | {
      readonly kind: "judged";
      readonly played: PlayedTurn | undefined;
      readonly progress: Progress;
    }
> {
  const { isReminded, isClosed } = state;
  const closed = isClosed ? await attended.runner.close() : undefined;
  const torn = closed === undefined ? undefined : abandon(attended.ground, attended.worker, closed);
  if (torn !== undefined) return { kind: "over", exitCode: torn };
  const ending = closed?.ending ?? state.played?.ending ?? null;
  const played = state.played && { ...state.played, ending };
  const former = progress.kind === "judged" && closed === undefined ? progress.decision : undefined;
  const decision = former ?? (await look(attended, played, isReminded));
  const { reason } = progress;
  return { kind: "judged", played, progress: { kind: "judged", reason, decision, isClosed } };
}

/** Looks at the worktree, and decides whether the work is done. */
async function look(
  attended: Attended,
  played: PlayedTurn | undefined,
  isReminded: boolean,
): Promise<DoneDecision> {
  const { ground, config, track, options } = attended;
  const worker = latest(attended);
  return await judge(ground, {
    ...{ track, worker, failure: played?.failure, obstacle: played?.obstacle },
    ...{ commit: committerOf(config, track), reminded: isReminded, renewals: worker.renewals },
    commitLimits: { hooksMs: config.hooks.timeoutMs, signal: options.signal },
  });
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
  recordWorker(ground, subjectOf(worker), { type: "worker.renewed", count, mark });
}

const subjectOf = ({ track, id }: Worker) => ({ track, worker: id });

const latest = ({ ground, worker }: Pick<Supervision, "ground" | "worker">): Worker =>
  findWorker(ground.store, worker.id) ?? worker;

/** Turns whose work is not judged: stopped, taken over, or with processes that may still write. */
function abandon(ground: Ground, worker: Worker, turn: TurnEnd): ExitCode | undefined {
  if (turn.tree.kind === "not-ended") {
    const why = turn.tree.why;
    ground.store.transaction(() => {
      recordWorker(ground, subjectOf(worker), { type: "worker.unknown", why });
      recordDecision(ground, worker, { kind: "needs-human", reason: "not-ended", detail: why });
    });
    return ExitCode.needsHuman;
  }
  if (turn.cause === "stopped") return stopped(ground, worker);
  return turn.cause === "fenced" ? ExitCode.failed : undefined;
}

function stopped(ground: Ground, worker: Worker): ExitCode {
  recordWorker(ground, subjectOf(worker), endedBySomeone(ground, worker));
  return ExitCode.interrupted;
}

/** The worker's end and what it means for the track, in one transaction. */
function end(ground: Ground, worker: Worker, ending: Ending | null, decision: FinalDecision): void {
  ground.store.transaction(() => {
    recordWorker(
      ground,
      subjectOf(worker),
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
