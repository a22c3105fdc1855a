import type { Agent } from "../agents/agent.ts";
import { committerOf, requireAgent } from "../agents/known.ts";
import type { EpochMs } from "../ground/clock.ts";
import type { Config } from "../ground/config/config.ts";
import { ExitCode, messageOf, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { AccountId, WorkerId } from "../ground/ids.ts";
import { describeEnding, type Ending } from "../ground/proc/run.ts";
import { accountOf } from "./account.ts";
import { AccountWatch } from "./account-watch.ts";
import { type Player, playerOf } from "./conversation.ts";
import { endAgentTree, endedBySomeone } from "./end-worker.ts";
import { crashOf, readTurn } from "./outcome.ts";
import { renderInstructions } from "./prompt.ts";
import { writePrompt } from "./prompt-files.ts";
import { judge, recordDecision, type Settled } from "./settle.ts";
import { doneAfterMs } from "./state.ts";
import type { OuterTerminal } from "./terminal/outer.ts";
import { areRivals, isLive, type Track } from "./track.ts";
import { allTracks, requireTrack } from "./track-store.ts";
import type { Limits, TurnEnd } from "./turn.ts";
import { refuseTurn, watchBudget } from "./turn-permit.ts";
import { type Session, sessionOf, type Worker } from "./worker.ts";
import { claimWorker, findWorker, recordWorker, workersOf } from "./worker-store.ts";
import { writeRenewal } from "./write-renewal.ts";

/** Ended by a signal so often, it is not the machine's bad luck. */
const maxCrashes = 3;

const defaultLimits: Limits = { afterReportMs: 60_000, doneAfterMs, renewMs: 20_000 };

export interface SuperviseOptions {
  /** Aborted by SIGTERM: the agent is ended, the track waits to be started again. */
  readonly signal: AbortSignal;
  readonly limits?: Limits;
  /** The terminal we run in: in mode terminal it becomes the agent's. */
  readonly terminal?: OuterTerminal | undefined;
}

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
  // What it cannot look at, the checks before each turn find.
  const watched = watchBudget(ground, config, id, over.signal).catch(() => undefined);
  try {
    const account = accountOf(ground, config, track.agent);
    return await attend({ ground, config, track, worker, options, account });
  } catch (error) {
    // The disk is full, or a bug: said where a person looks, instead of a silent loss.
    const detail = `its supervisor failed: ${messageOf(error)}`;
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
    await watched;
  }
}

interface Attendance {
  /** Whose allowance its turns use up. */
  readonly account: AccountId;
  readonly ground: Ground;
  readonly config: Config;
  readonly track: Track;
  readonly worker: Worker;
  readonly options: SuperviseOptions;
}

/** The agent's turns: one, and again when something is missing or its session is full, each once. */
async function attend(attendance: Attendance): Promise<ExitCode> {
  const { ground, config, track, worker, account } = attendance;
  const agent = requireAgent(config, track.agent);
  const commit = committerOf(config, track);
  let reminded = false;
  const player = playerOf(agent, worker.mode ?? track.mode, attendance.options.terminal);
  let crash: string | undefined;
  for (let missing: string | undefined; ; ) {
    if (attendance.options.signal.aborted) {
      recordWorker(ground, atOf(worker), endedBySomeone(ground, worker));
      return ExitCode.interrupted;
    }
    const barred = refuseTurn(ground, config, attendance);
    if (barred !== undefined) return rest(attendance, undefined, barred);
    const keeps = agent.readLine !== undefined;
    const session = keeps ? sessionOf(latest(attendance)) : null;
    const turn = await startTurn(
      attendance,
      { agent, player },
      { commit, missing, session, crash },
    );
    const unsettled = abandon(ground, worker, turn);
    if (unsettled !== undefined) return unsettled;
    const { report, crashes = 0 } = latest(attendance);
    crash = report === null && crashes < maxCrashes ? crashOf(turn, keeps) : undefined;
    if (crash !== undefined) {
      recordWorker(ground, atOf(worker), { type: "worker.crashed", signal: crash });
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
    const look = async () =>
      await judge(ground, {
        track,
        worker: latest(attendance),
        failure,
        obstacle,
        reminded,
        renewals: latest(attendance).renewals,
        commit,
      });
    let decision = await look();
    const refused = refuseTurn(ground, config, attendance);
    let { ending } = turn;
    if (decision.kind !== "remind" || refused !== undefined) {
      // What still listens ends first; what it leaves behind may be another thing than it was.
      const closed = await player.close();
      const torn = closed === undefined ? undefined : abandon(ground, worker, closed);
      if (torn !== undefined) return torn;
      if (closed !== undefined) decision = await look();
      ending = closed?.ending ?? ending;
    }
    if (decision.kind === "ready" || decision.kind === "needs-human") {
      end(ground, worker, ending, decision);
      return decision.kind === "ready" ? ExitCode.ok : ExitCode.needsHuman;
    }
    if (decision.kind === "hold") return rest(attendance, ending, { ...decision, account });
    if (refused !== undefined) return rest(attendance, ending, refused);
    missing = decision.missing;
    if (decision.kind === "renew") {
      await renew(attendance, decision.mark, obstacle?.detail ?? missing);
    } else {
      reminded = true;
      recordWorker(ground, atOf(worker), { type: "worker.reminded", missing });
    }
  }
}

/** It may begin no turn now: it ends. One whose account is held goes on in the same session later. */
function rest(
  { ground, worker }: Attendance,
  ending: Ending | null | undefined,
  refused: Settled,
): ExitCode {
  const nothing: Ending = { kind: "exited", code: 0 };
  end(ground, worker, ending ?? nothing, refused);
  return refused.kind === "needs-human" ? ExitCode.needsHuman : ExitCode.ok;
}

/** A fresh session follows; what the full one knew is written down for it. */
async function renew(attendance: Attendance, mark: string, why: string): Promise<void> {
  const { ground, track, worker } = attendance;
  await writeRenewal(ground, track, why);
  const count = latest(attendance).renewals.count + 1;
  recordWorker(ground, atOf(worker), { type: "worker.renewed", count, mark });
}

const atOf = ({ track, id }: Worker) => ({ track, worker: id });

const latest = ({ ground, worker }: Attendance): Worker =>
  findWorker(ground.store, worker.id) ?? worker;

async function startTurn(
  { ground, config, track, worker, options, account }: Attendance,
  { agent, player }: { readonly agent: Agent; readonly player: Player },
  turn: {
    readonly commit: "agent" | "pleach";
    readonly missing: string | undefined;
    /** The session that knows the task already. */
    readonly session: Session | null;
    readonly crash: string | undefined;
  },
): Promise<TurnEnd> {
  const neighbours = allTracks(ground.store)
    .filter((other) => other.name !== track.name && isLive(other) && !areRivals(track, other))
    .map(({ name, footprint }) => ({ name, footprint }));
  const { prompt, followUp, promptFile } = await writePrompt(ground.repo, track, {
    neighbours,
    commit: turn.commit,
    reminder: turn.missing,
    crash: turn.crash,
    toldAt: turn.session === null ? undefined : toldAt(ground, worker, turn.session),
  });
  const quiet = config.agents.get(track.agent)?.doneAfterMs;
  const usual = options.limits ?? defaultLimits;
  const limits = quiet === undefined ? usual : { ...usual, doneAfterMs: quiet };
  recordWorker(ground, atOf(worker), { type: "worker.prompted" });
  return await player.play({
    promptFile,
    prompt: turn.session === null ? prompt : followUp,
    followUp,
    instructions: renderInstructions(track, turn.commit),
    mayRun: config.land.gate.map(({ command }) => command),
    session:
      turn.session === null
        ? { kind: "new", id: ground.ids.session() }
        : { kind: "resume", id: turn.session.id },
    ground,
    agent,
    track,
    worker,
    limits,
    stallMs: config.watch.stallMs,
    account: new AccountWatch(ground, worker, { id: account, pace: config.holds }),
    signal: options.signal,
  });
}

/** When a session was told to begin, or to go on, by a worker before this one, and was heard since. */
function toldAt({ store }: Ground, worker: Worker, session: Session): EpochMs | undefined {
  const tellers = workersOf(store, worker.track, 0).filter(
    (one) =>
      one.id !== worker.id &&
      one.sessionId === session.id &&
      one.signals.some(({ source }) => source === "stream"),
  );
  return tellers.at(-1)?.startedAt;
}

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
  if (turn.cause === "stopped") {
    recordWorker(ground, atOf(worker), endedBySomeone(ground, worker));
    return ExitCode.interrupted;
  }
  return turn.cause === "fenced" ? ExitCode.failed : undefined;
}

/** The worker's end and what it means for the track, in one transaction. */
function end(ground: Ground, worker: Worker, ending: Ending | null, decision: Settled): void {
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

/** What a shell says of a program that cannot be started. */
const notStarted = 127;

function failureOf(ending: Ending | null): string | undefined {
  if (ending === null) return undefined;
  return ending.kind === "exited" && ending.code === 0 ? undefined : describeEnding(ending);
}
