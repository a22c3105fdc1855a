import type { EpochMs } from "../ground/clock.ts";
import type { TrackName } from "../ground/ids.ts";
import { plainLine } from "../ground/text.ts";
import type { TrackState } from "../track/track.ts";
import type { AttentionNeed } from "./attention.ts";
import { formatElapsed } from "./live.ts";

/** The facts about a repository that decide on a person's next step. */
export interface Whereabouts {
  /** Whether there is a pleach.toml. */
  readonly configured: boolean;
  /** The name of the backlog file. */
  readonly tasks: string;
  /** Number of open tasks in no track; undefined when there is no backlog. */
  readonly open: number | undefined;
  readonly tracks: readonly { readonly name: TrackName; readonly at: TrackState }[];
  /** The things that wait for a person. */
  readonly needs: readonly AttentionNeed[];
  /** The run that works here. */
  readonly run: RunNow | undefined;
}

/** A run that works in a repository, or may. */
export interface RunNow {
  readonly pid: number;
  /** When the run began, in epoch milliseconds. */
  readonly since: number;
  readonly isCertain: boolean;
}

/** The state of things, and the next step. */
export interface Next {
  readonly says: string;
  /** The command to type. */
  readonly hint: string;
}

/** Formats for people the run that is alive, the state of things, and the next step. Pure. */
export function formatNext(where: Whereabouts, now: EpochMs): readonly string[] {
  const { run } = where;
  const { says, hint } = nextThing(where);
  const works = run?.isCertain === true ? "works" : "may work";
  const running =
    run === undefined
      ? []
      : [`pleach run ${works} here: pid ${run.pid}, for ${formatElapsed(now - run.since)}`];
  return [...running, plainLine(says), `next: ${plainLine(hint)}`];
}

/** Says the state of things in a line, and the next step. Pure. */
export function nextThing(where: Whereabouts): Next {
  const { tracks, run, needs } = where;
  const first = needs.find(({ kind }) => kind !== "ready");
  if (first !== undefined) {
    const says = `${first.track} waits for you: ${first.text}`;
    return needs.length === 1
      ? { says, hint: first.hint }
      : { says: `${says}; and ${needs.length - 1} more`, hint: "pleach attention" };
  }
  if (needs.length > 0) {
    const says = `ready, and waits for you: ${needs.map(({ track }) => track).join(", ")}`;
    const [only] = needs;
    // A race is picked, not landed.
    const isLand = needs.every(({ hint }) => hint.includes("pleach land"));
    const each = isLand ? "pleach land, or one by its name" : "pleach attention";
    return { says, hint: needs.length === 1 && only !== undefined ? only.hint : each };
  }
  const held = tracks.filter(({ at }) => at.state === "held" && "account" in at);
  if (held.length > 0 && held.length === tracks.length) {
    const says = `waiting for an account to reopen: ${held.map(({ name }) => name).join(", ")}`;
    const hint =
      run === undefined ? "pleach run goes on by itself then" : "nothing: the run goes on then";
    return { says, hint };
  }
  if (run !== undefined) {
    return { says: underWay(where), hint: "nothing; pleach events -f follows it" };
  }
  if (tracks.length > 0) {
    return { says: underWay(where), hint: "pleach run goes on; pleach logs TRACK -f follows one" };
  }
  return nextFromBacklog(where);
}

const underWay = ({ tracks }: Whereabouts): string =>
  `${counted(tracks.length, "track")} under way`;

function nextFromBacklog({ configured, open, tasks }: Whereabouts): Next {
  if (!configured) return { says: "pleach is not set up here yet", hint: "pleach init" };
  if (open === undefined) {
    return {
      says: `there is no ${tasks}`,
      hint: "write one, a line each: - [ ] what is to be done  touches:src/**",
    };
  }
  if (open === 0) {
    return { says: `everything in ${tasks} is done`, hint: "add a task, or pleach ls --all" };
  }
  return {
    says: `${counted(open, "open task")} in ${tasks}`,
    hint: "pleach plan, then pleach run",
  };
}

const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;
