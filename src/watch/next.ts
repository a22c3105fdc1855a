import type { TrackName } from "../ground/ids.ts";
import type { TrackState } from "../grow/track.ts";

/** Where a person stands, as far as it decides what to do next. */
export interface Whereabouts {
  /** There is a pleach.toml. */
  readonly configured: boolean;
  /** The name of the backlog file. */
  readonly tasks: string;
  /** Open tasks in no track; undefined when there is no backlog. */
  readonly open: number | undefined;
  readonly tracks: readonly { readonly name: TrackName; readonly at: TrackState }[];
}

/** Where things stand in a line, and what to do next in another. Pure. */
export function nextThing({ configured, tasks, open, tracks }: Whereabouts): readonly string[] {
  const waiting = tracks.find(({ at }) => at.state === "needs-human");
  if (waiting !== undefined) {
    const reason = waiting.at.state === "needs-human" ? waiting.at.detail : "";
    return [`${waiting.name} needs you: ${reason}`, `next: pleach status ${waiting.name} --why`];
  }
  const held = tracks.filter(({ at }) => at.state === "held" && "account" in at);
  if (held.length > 0 && held.length === tracks.length) {
    const names = held.map(({ name }) => name).join(", ");
    return [
      `waiting for an account to reopen: ${names}`,
      "next: pleach run goes on by itself then",
    ];
  }
  const ready = tracks.filter(({ at }) => at.state === "ready");
  if (ready.length > 0) {
    return [`ready to land: ${ready.map(({ name }) => name).join(", ")}`, "next: pleach land"];
  }
  if (tracks.length > 0) {
    return [
      `${counted(tracks.length, "track")} under way`,
      "next: pleach run goes on; pleach logs TRACK -f follows one",
    ];
  }
  if (!configured) return ["pleach is not set up here yet", "next: pleach init"];
  if (open === undefined) {
    return [
      `there is no ${tasks}`,
      `next: write one, a line each: - [ ] what is to be done  touches:src/**`,
    ];
  }
  if (open === 0) return [`everything in ${tasks} is done`, "next: add a task, or pleach ls --all"];
  return [`${counted(open, "open task")} in ${tasks}`, "next: pleach plan, then pleach run"];
}

const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;
