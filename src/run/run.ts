import { basename } from "node:path";
import type { EpochMs } from "../ground/clock.ts";
import type { Config } from "../ground/config/config.ts";
import { messageOf, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import type { JournalEvent } from "../ground/journal/event.ts";
import { waitForChange } from "../ground/store/watch.ts";
import { nextLook } from "../grow/limits/hold.ts";
import { allHolds } from "../grow/limits/hold-store.ts";
import { heldCode } from "../grow/limits/require-open.ts";
import { raceOf } from "../race/race.ts";
import { openRaces } from "../race/race-store.ts";
import { lateCode } from "../rescue/ref/removal.ts";
import { askLine, howToAnswer } from "../talk/ask.ts";
import { openAsks } from "../talk/ask-store.ts";
import { recordBehind } from "../track/behind-store.ts";
import { allTracks } from "../track/track-store.ts";
import { actOn, describeAction, queueOf } from "./act.ts";
import { costOf } from "./cost.ts";
import { type Action, type Decision, decide, type RunFacts, type Underway } from "./decide.ts";
import { gatherFacts } from "./facts.ts";
import { CheckoutGuard } from "./guard/checkout-guard.ts";
import { tellOfLandings } from "./news.ts";
import type { Run } from "./orchestrator.ts";
import { isOrdered, orderOf } from "./order.ts";
import { followOverlaps } from "./overlaps.ts";
import { Planner } from "./planner.ts";
import { recoverAll } from "./recover.ts";
import { RunBudget } from "./run-budget.ts";
import type { RunOptions } from "./run-state.ts";
import { isOfDisk, Setbacks } from "./setbacks.ts";
import { formatFinished, type Summary, summarise } from "./summary.ts";

/** Time until the next look even when nothing seems to happen: 10 s. */
const lookAgainMs = 10_000;

/**
 * Runs the backlog, as a reconciler: looks at the facts, decides, acts, and sleeps until something
 * changes. It may be killed at any instruction; the next run goes on from the facts.
 */
export async function runBacklog(
  ground: Ground,
  config: Config,
  options: RunOptions,
): Promise<Summary> {
  const startedAt = ground.clock.now();
  const cursor = ground.store.lastSeq();
  const run: Run = {
    ground,
    config,
    options,
    state: { underway: new Map(), stuck: new Map(), revivals: new Map(), landed: new Set() },
    planner: new Planner(ground, config, options),
    budget: new RunBudget(ground, config),
    queue: queueOf(ground, config, options),
  };
  ground.store.transaction(() => ground.store.append({ type: "run.started" }));
  const guard = new CheckoutGuard(ground, config);
  await guard.begin({ isRun: true });
  const overlaps = followOverlaps(
    ground,
    config,
    isOrdered(config, options) ? (tracks) => orderOf(run, tracks) : undefined,
  );
  const watching = guard.follow();
  await loop(run, guard).finally(async () => {
    await Promise.all([overlaps.stop(), watching.stop()]);
    run.budget.close();
    recordBehind(ground.store, new Map());
  });
  // Plans once more, so that the summary knows the tasks not started as of now.
  await run.planner.startable(run.state);
  const until = ground.clock.now();
  const events = eventsSince(ground, cursor);
  const summary = summarise({
    from: startedAt,
    tracks: allTracks(ground.store),
    landedNow: run.state.landed,
    stuck: run.state.stuck,
    races: racesNow(ground),
    asking: new Map(
      openAsks(ground.store).map((ask) => [
        ask.track,
        { asks: askLine(ask), hint: howToAnswer(ask) },
      ]),
    ),
    unstarted: run.planner.unstarted(run.state),
    account: costOf(events, { from: startedAt, until }),
    changes: [...guard.notes, ...budgetNote(run), ...flakyNotes(events)],
    interrupted: options.signal.aborted,
    idle: idleNote(options),
  });
  ground.store.transaction(() => ground.store.append(formatFinished(summary)));
  return summary;
}

function idleNote({ backlog, only }: RunOptions): string {
  const file = basename(backlog);
  return only.length > 0
    ? `there was nothing to do: none of ${only.join(", ")} is open in ${file}`
    : `there was nothing to do: ${file} has no open task; pleach ls --all shows what was done`;
}

function budgetNote({ budget }: Run): readonly string[] {
  if (budget.over === undefined) return [];
  return [`the budget of this run is used up: ${budget.over}; pleach run goes on with a fresh one`];
}

async function loop(run: Run, guard: CheckoutGuard): Promise<void> {
  const { ground, options, state } = run;
  const setbacks = new Setbacks(ground.store);
  const trouble: Trouble = { ofDisk: undefined };
  for (let nudge = new AbortController(); ; nudge = new AbortController()) {
    const since = ground.store.version();
    const decidedAt = ground.clock.now();
    // The next run finds and finishes an action that could not be recorded.
    if (trouble.ofDisk !== undefined) throw trouble.ofDisk;
    try {
      const decision = await lookAndDecide(run, guard);
      setbacks.over();
      if (decision.kind === "finished") return;
      if (decision.kind === "act") {
        for (const action of decision.actions)
          launch(run, action, { trouble, done: () => nudge.abort() });
      }
    } catch (error) {
      await ground.clock.sleep(setbacks.take(error), options.signal);
      continue;
    }
    const signal =
      state.underway.size > 0 ? nudge.signal : AbortSignal.any([nudge.signal, options.signal]);
    await waitForChange(ground.store, ground.clock, {
      since,
      limitMs: patience(ground, decidedAt),
      signal,
    });
  }
}

async function lookAndDecide(run: Run, guard: CheckoutGuard): Promise<Decision> {
  const { ground, options, state } = run;
  if (!options.signal.aborted) await recoverAll(ground, run.config);
  await guard.look();
  await tellOfLandings(ground, run.config, (track) => !state.underway.has(track));
  run.budget.look();
  const facts = await gatherFacts(run);
  recordBehind(ground.store, behindIn(facts));
  return decide(facts);
}

const behindIn = ({ tracks }: RunFacts): ReadonlyMap<TrackName, TrackName> =>
  new Map(
    tracks.flatMap(({ name, behind }) => (behind === undefined ? [] : [[name, behind] as const])),
  );

/** Computes the longest sleep: an account's reopening is found by the wall clock, at a look. */
function patience({ store, clock }: Ground, decidedAt: EpochMs): number {
  const looks = allHolds(store).flatMap((hold) => nextLook(hold) ?? []);
  // A hold's time may have come while the facts were gathered.
  const soonest = Math.min(...looks.filter((at) => at > decidedAt));
  return Math.max(0, Math.min(lookAgainMs, soonest - clock.now()));
}

/** Errors after which the run just looks again: another process was first, or more is to land. */
const passing: readonly string[] = [heldCode, lateCode];

/** The error of the disk that an action has met, if any. */
interface Trouble {
  ofDisk: unknown;
}

/** Starts an action without waiting for it; when the action is over, the loop looks again. */
function launch(
  run: Run,
  action: Action,
  { trouble, done }: { readonly trouble: Trouble; readonly done: () => void },
): void {
  const { state } = run;
  state.underway.set(action.track, underwayOf(action));
  actOn(run, action)
    .catch((error: unknown) => {
      if (error instanceof PleachError && passing.includes(error.code)) return;
      if (isOfDisk(error)) trouble.ofDisk = error;
      // A track's trouble is not the others': it is told, and the track left alone until the next
      // run.
      state.stuck.set(action.track, `${describeAction(action)}: ${wordsOf(error)}`);
    })
    .finally(() => {
      state.underway.delete(action.track);
      done();
    });
}

function underwayOf(action: Action): Underway {
  switch (action.kind) {
    case "start":
    case "restart":
      return "start";
    case "land":
      return "land";
    case "retire":
    case "give-up":
      return "retire";
  }
}

/** Names the wavering gates once more at the end: their verdict cannot be relied on. */
function flakyNotes(events: readonly JournalEvent[]): readonly string[] {
  return events
    .filter((event) => event.type === "gate.wavered")
    .map(
      ({ tracks }) =>
        `the gate is FLAKY: on the tree of ${tracks.join(" + ")} it failed, and then it passed`,
    );
}

function wordsOf(error: unknown): string {
  return error instanceof PleachError ? `${error.message} (${error.hint})` : messageOf(error);
}

/** Maps each racing track to its race. */
function racesNow({ store }: Ground): ReadonlyMap<TrackName, string> {
  const races = openRaces(store);
  return new Map(
    allTracks(store).flatMap((track) => {
      const race = raceOf(races, track);
      return race === undefined ? [] : [[track.name, race.name] as const];
    }),
  );
}

function eventsSince(ground: Ground, cursor: number) {
  return ground.store.events(cursor, Number.MAX_SAFE_INTEGER);
}
