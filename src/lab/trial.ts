import type { TrackName } from "../ground/ids.ts";
import { next, type QueueAction } from "../land/queue/next.ts";
import { GatePace } from "../land/queue/pace.ts";
import { type Candidate, emptyQueue, type Queue, type QueueEvent } from "../land/queue/queue.ts";
import { after } from "../land/queue/queue-after.ts";

/** A track in a trial of the queue, with the time it comes. */
export interface TrialTrack extends Omit<Candidate, "since"> {
  /** When the track is ready, in seconds from the beginning. */
  readonly arrives: number;
}

/** The truth of a trial; the queue only finds it out by running gates. */
export interface TrialWorld {
  readonly tracks: readonly TrialTrack[];
  /** Whether a track can be put on top of these tracks. */
  readonly fits: (track: TrackName, below: readonly TrackName[]) => boolean;
  /** Whether the gate would be green on all of these together. */
  readonly isGreen: (tracks: readonly TrackName[]) => boolean;
  /** The duration of a gate, in seconds; asked once a run. */
  readonly seconds: (tracks: readonly TrackName[]) => number;
  /** Whether this run of the gate is red for no reason; asked once a run. */
  readonly isUnlucky: () => boolean;
  /** The times at which another process moves the target, in seconds. */
  readonly moves: readonly number[];
}

export interface TrialResult {
  readonly landed: readonly (readonly TrackName[])[];
  readonly handedBack: readonly TrackName[];
  readonly gaveUp: readonly TrackName[];
  readonly seconds: number;
  /** Runs of the gate that were begun, those that were broken off included. */
  readonly runs: number;
  /** The most landings that any track has seen go by. */
  readonly waited: number;
}

interface Moment {
  readonly at: number;
  readonly what:
    | { readonly kind: "arrives"; readonly track: TrialTrack }
    | { readonly kind: "ends" | "advances"; readonly id: number }
    | { readonly kind: "moves" | "waited" };
}

/** The time it takes to bring the target forward, in seconds. */
const advanceSeconds = 0.01;

/** The number of moments after which a queue counts as never ending. */
const most = 100_000;

/**
 * Plays a queue through with the real decisions, on a clock of its own. Pure but for the chances
 * that the world brings along.
 * @throws Error when the queue stands still with tracks in it, or goes on for ever
 */
export function playQueue(
  world: TrialWorld,
  settings: Pick<Queue, "parallel" | "seen">,
): TrialResult {
  return new Trial(world, settings).play();
}

class Trial {
  readonly #world: TrialWorld;
  #queue: Queue;
  #moments: Moment[];
  readonly #pace = new GatePace();
  #now = 0;
  #ids = 0;
  #tips = 0;
  #runs = 0;
  #waited = 0;
  /** The tracks in each commit, on top of the initial content. */
  readonly #contents = new Map<string, readonly TrackName[]>([["c0", []]]);
  readonly #commitOf = new Map<number, string>();
  readonly #landed: (readonly TrackName[])[] = [];
  readonly #handedBack: TrackName[] = [];
  readonly #gaveUp: TrackName[] = [];

  constructor(world: TrialWorld, settings: Pick<Queue, "parallel" | "seen">) {
    this.#world = world;
    this.#queue = emptyQueue({ ...settings, target: "c0" });
    this.#moments = [
      ...world.tracks.map((track) => ({
        at: track.arrives,
        what: { kind: "arrives", track } as const,
      })),
      ...world.moves.map((at) => ({ at, what: { kind: "moves" } as const })),
    ];
  }

  play(): TrialResult {
    let last = 0;
    for (let steps = 0; ; steps += 1) {
      if (steps > most) throw new Error("the queue goes on for ever");
      this.#decide();
      if (this.#moments.length === 0) break;
      this.#now = Math.min(...this.#moments.map(({ at }) => at));
      const due = this.#moments.filter(({ at }) => at === this.#now);
      this.#moments = this.#moments.filter(({ at }) => at !== this.#now);
      if (due.some(({ what }) => what.kind !== "moves" && what.kind !== "waited")) last = this.#now;
      for (const { what } of due) this.#happen(what);
    }
    if (this.#queue.entries.length > 0) throw new Error("the queue stands still");
    return {
      landed: this.#landed,
      handedBack: this.#handedBack,
      gaveUp: this.#gaveUp,
      seconds: last,
      runs: this.#runs,
      waited: this.#waited,
    };
  }

  #decide(): void {
    const until = this.#pace.waitUntil(this.#now * 1_000);
    const isHeld = until !== undefined;
    for (
      let action = next(this.#queue, isHeld);
      action !== undefined;
      action = next(this.#queue, isHeld)
    ) {
      this.#act(action);
    }
    if (until !== undefined) this.#moments.push({ at: until / 1_000, what: { kind: "waited" } });
  }

  #tell(event: QueueEvent): void {
    this.#queue = after(this.#queue, event);
    this.#waited = Math.max(this.#waited, ...this.#queue.entries.map(({ waited }) => waited));
  }

  #act(action: QueueAction): void {
    switch (action.kind) {
      case "gate":
        this.#begin(action);
        return;
      case "advance":
        this.#tell({ type: "advancing", id: action.id });
        this.#later(advanceSeconds, { kind: "advances", id: action.id });
        return;
      case "hand-back": {
        const [track] = this.#queue.runs.find(({ id }) => id === action.id)?.tracks ?? [];
        if (track === undefined) throw new Error("there is nobody to hand back");
        this.#handedBack.push(track);
        this.#tell({ type: "left", track });
        return;
      }
      case "drop":
        this.#moments = this.#moments.filter(
          ({ what }) => what.kind !== "ends" || what.id !== action.id,
        );
        this.#pace.end(action.id, "dropped", this.#now * 1_000);
        this.#tell({ type: "dropped", id: action.id });
        return;
      case "give-up":
        this.#gaveUp.push(action.track);
        this.#tell({ type: "left", track: action.track });
        return;
    }
  }

  #later(seconds: number, what: Moment["what"]): void {
    this.#moments.push({ at: this.#now + seconds, what });
  }

  #begin({ as, tracks, over, onto }: Extract<QueueAction, { kind: "gate" }>): void {
    this.#ids += 1;
    const id = this.#ids;
    this.#tell({ type: "began", run: { id, kind: as, tracks, onto, over } });
    const base = over === undefined ? (onto ?? "") : (this.#commitOf.get(over) ?? "");
    const below = this.#contents.get(base);
    if (below === undefined) throw new Error(`gate on an unknown commit ${base}`);
    const content = [...below];
    for (const track of tracks) {
      if (this.#world.fits(track, content)) content.push(track);
      else {
        this.#refuse(id, track, tracks.length === 1 && over === undefined);
        return;
      }
    }
    this.#runs += 1;
    this.#commitOf.set(id, this.#newTip(content));
    this.#pace.begin(id, this.#now * 1_000);
    this.#later(this.#world.seconds(tracks), { kind: "ends", id });
  }

  #newTip(content: readonly TrackName[]): string {
    this.#tips += 1;
    const tip = `c${this.#tips}`;
    this.#contents.set(tip, content);
    return tip;
  }

  #refuse(id: number, track: TrackName, final: boolean): void {
    const run = this.#queue.runs.find((one) => one.id === id);
    if (run?.tracks.length === 1 && !final) {
      this.#tell({ type: "red", id });
      return;
    }
    this.#tell({ type: "broken", id, track });
    if (!final) return;
    this.#handedBack.push(track);
    this.#tell({ type: "left", track });
  }

  #happen(what: Moment["what"]): void {
    switch (what.kind) {
      case "arrives": {
        const { arrives: since, ...rest } = what.track;
        this.#tell({ type: "entered", candidate: { ...rest, since } });
        return;
      }
      case "moves": {
        const target = this.#newTip(this.#contents.get(this.#queue.target) ?? []);
        this.#tell({ type: "moved", target });
        return;
      }
      case "ends": {
        const commit = this.#commitOf.get(what.id) ?? "";
        const isGreen = this.#world.isGreen(this.#contents.get(commit) ?? []);
        const passes = isGreen && !this.#world.isUnlucky();
        const { id } = what;
        this.#pace.end(id, passes ? "green" : "red", this.#now * 1_000);
        this.#tell(passes ? { type: "green", id, commit } : { type: "red", id });
        return;
      }
      case "advances":
        this.#advance(what.id);
        return;
      case "waited":
        return;
    }
  }

  #advance(id: number): void {
    const run = this.#queue.runs.find((one) => one.id === id);
    if (run === undefined) throw new Error("what was about to land is gone");
    // Compare and swap: the target was moved from outside before.
    const isFirst = run.onto === this.#queue.target;
    if (isFirst) this.#landed.push(run.tracks);
    this.#tell({ type: isFirst ? "landed" : "dropped", id });
  }
}
