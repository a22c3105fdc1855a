import { statSync } from "node:fs";
import type { Config } from "../ground/config/config.ts";
import { PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { TaskId, TrackName } from "../ground/ids.ts";
import { requireAgentReady } from "../grow/agent-ready.ts";
import { type Plan, type PlannedTrack, plan, readyTracks } from "../plan/plan.ts";
import { matches, parseGlob } from "../predict/paths/glob.ts";
import type { TrackSeed } from "../track/track.ts";
import { allTracks } from "../track/track-store.ts";
import { saveFormerTasks } from "./plan/former-backlog.ts";
import { loadPlanFacts, type PlanFacts } from "./plan/plan-input.ts";
import { newSeed } from "./plan/seed.ts";
import type { RunOptions, RunState, Unstarted } from "./run-state.ts";

type PlannerOptions = Pick<RunOptions, "workers" | "agent" | "host" | "mode" | "only" | "backlog">;

/** A plan with the facts it was made from. */
interface Made extends PlanFacts {
  readonly plan: Plan;
}

/**
 * Plans from the truth, again and again: the backlog as it is in the checkout now, the target's
 * tip, and the paths the live tracks have really touched. Keeps the last plan while none has moved.
 */
export class Planner {
  readonly #ground: Ground;
  readonly #config: Config;
  readonly #options: PlannerOptions;
  #made: Made | undefined;
  #key = "";
  /** The error of the last read of the backlog; empty when there was none. */
  #torn = "";
  /** Tasks in hand that were told of as unclear. */
  readonly #unclear = new Set<TaskId>();
  /** The lines that look like tasks and were told of as passed over. */
  #passedOver = "[]";
  /** Unpredicted paths that were told of, by track. */
  readonly #surprises = new Map<TrackName, readonly string[]>();

  constructor(ground: Ground, config: Config, options: PlannerOptions) {
    this.#ground = ground;
    this.#config = config;
    this.#options = options;
  }

  /** Makes the plan as of now. @throws PleachError for a backlog that cannot be read */
  async plan(failedHere: ReadonlySet<TrackName> = new Set()): Promise<Plan> {
    return (await this.#refresh(failedHere)).plan;
  }

  /**
   * Lists the tracks that may start now, best first; more than there are workers, for some may be
   * held.
   */
  async startable(state: RunState): Promise<readonly TrackName[]> {
    const current = (await this.#refreshUnlessTorn(state))?.plan;
    if (current === undefined) return [];
    const names = readyTracks(current, {
      landed: new Set(),
      freeWorkers: Number.POSITIVE_INFINITY,
    }).map(({ name }) => name);
    return names.filter((name) => !state.stuck.has(name) && !state.underway.has(name));
  }

  /**
   * Makes sure that every agent the plan needs is there, before any track starts.
   * @throws PleachError `agent/none`, `agent/unknown`, `agent/missing` (exit 4)
   */
  async requireAgents(): Promise<void> {
    const { plan: now, tasks } = await this.#refresh(new Set());
    const planned = new Set(
      now.tracks.flatMap((track) => (track.state === "planned" ? track.tasks : [])),
    );
    const usual = this.#options.agent ?? this.#config.agent;
    const names = tasks.filter(({ id }) => planned.has(id)).map(({ agent }) => agent ?? usual);
    for (const name of new Set(names)) requireAgentReady(this.#ground, this.#config, name);
  }

  /**
   * Builds all that a planned track is cut from; its base is the target's tip it was planned on.
   */
  seedOf(name: TrackName): TrackSeed {
    const made = this.#made;
    const planned = made?.plan.tracks.find((track) => track.name === name);
    if (made === undefined || planned === undefined) throw new Error(`${name} is not in the plan`);
    return seed({ ...made, config: this.#config, options: this.#options, planned });
  }

  /** Lists the tasks that are open and in no track, with the thing they wait for. */
  unstarted({ stuck }: Pick<RunState, "stuck">): readonly Unstarted[] {
    const taken = new Set(
      allTracks(this.#ground.store).flatMap((track) => track.tasks.map(({ id }) => id)),
    );
    return (this.#made?.plan.tracks ?? []).flatMap(({ name, state, tasks, why }) => {
      const reason = stuck.get(name) ?? why;
      const open = state === "planned" ? tasks.filter((id) => !taken.has(id)) : [];
      return open.map((task) => ({ task, reason }));
    });
  }

  /** Plans anew; undefined while a person is editing the backlog: then nothing new starts. */
  async #refreshUnlessTorn({ stuck }: RunState): Promise<Made | undefined> {
    try {
      const made = await this.#refresh(new Set(stuck.keys()));
      this.#torn = "";
      return made;
    } catch (error) {
      if (!(error instanceof PleachError) || !error.code.startsWith("backlog/")) throw error;
      const { store } = this.#ground;
      const { message: detail } = error;
      if (detail !== this.#torn) {
        store.transaction(() => store.append({ type: "backlog.torn", detail }));
      }
      this.#torn = detail;
      return undefined;
    }
  }

  async #refresh(failedHere: ReadonlySet<TrackName>): Promise<Made> {
    const { store } = this.#ground;
    const file = statSync(this.#options.backlog, { throwIfNoEntry: false });
    // The journal's cursor stands for all that tracks do: touched paths are read when it moves.
    const seen = store.lastSeq();
    const keyAt = (seq: number): string =>
      `${seq}/${file?.mtimeMs}/${file?.size}/${[...failedHere].join()}`;
    if (this.#made !== undefined && keyAt(seen) === this.#key) return this.#made;
    const made = await this.#make(failedHere);
    const told = this.#announce(made);
    this.#made = made;
    // Events that others recorded meanwhile may be missing in the plan: then it is made once more.
    this.#key = store.lastSeq() === seen + told ? keyAt(seen + told) : "";
    return made;
  }

  /**
   * Tells of the first plan, and of each one made anew because work touched unforeseen paths.
   * @returns the number of events recorded
   */
  #announce({ plan: now, live, unclear, passedOver }: Made): number {
    const { store } = this.#ground;
    let told = 0;
    const { tracks, makespanMinutes, lowerBoundMinutes } = now;
    const figures = { tracks: tracks.length, makespanMinutes, lowerBoundMinutes };
    if (this.#made === undefined) {
      store.transaction(() => store.append({ type: "plan.made", ...figures }));
      told += 1;
    }
    const strange = JSON.stringify(passedOver);
    if (strange !== this.#passedOver) {
      this.#passedOver = strange;
      const lines = passedOver.map(({ line, text }) => `${line}: ${text}`);
      if (lines.length > 0) {
        store.transaction(() => store.append({ type: "backlog.passed-over", lines }));
        told += 1;
      }
    }
    for (const { id, candidates } of unclear.filter((one) => !this.#unclear.has(one.id))) {
      this.#unclear.add(id);
      store.transaction(() => store.append({ type: "backlog.unclear", task: id, candidates }));
      told += 1;
    }
    for (const { name, predicted, touched } of live) {
      const known = this.#surprises.get(name) ?? [];
      const paths = unpredicted(predicted, touched).filter((path) => !known.includes(path));
      if (paths.length === 0) continue;
      this.#surprises.set(name, [...known, ...paths]);
      store.transaction(() =>
        store.append({ type: "plan.redone", track: name, paths, ...figures }),
      );
      told += 1;
    }
    return told;
  }

  async #make(failedHere: ReadonlySet<TrackName>): Promise<Made> {
    const { backlog, workers, only } = this.#options;
    const facts = await loadPlanFacts(this.#ground, this.#config, {
      ...{ backlog, workers, only },
      held: failedHere,
      isOneOfMany: this.#made !== undefined,
    });
    saveFormerTasks(this.#ground.repo.stateDir, facts.tasks);
    return { ...facts, plan: plan(facts.input) };
  }
}

/** Finds the paths that a track touched and its footprint did not foresee. */
function unpredicted(predicted: readonly string[], touched: readonly string[]): readonly string[] {
  const globs = predicted.map(parseGlob);
  return touched.filter((path) => !globs.some((glob) => matches(glob, path)));
}

interface SeedParts extends Made {
  readonly config: Config;
  readonly options: PlannerOptions;
  readonly planned: PlannedTrack;
}

function seed({ plan: whole, tasks: known, tip, config, options, planned }: SeedParts): TrackSeed {
  const tasks = planned.tasks.flatMap((id) => known.find((task) => task.id === id) ?? []);
  const named = tasks.find((task) => task.agent !== undefined)?.agent;
  const footprint = whole.tasks
    .filter(({ id }) => planned.tasks.includes(id))
    .flatMap((task) => task.footprint.map(({ path }) => path));
  return newSeed(config, {
    ...{ name: planned.name, base: tip, tasks, footprint, prompt: "" },
    agent: named ?? options.agent,
    host: options.host,
    mode: options.mode,
  });
}
