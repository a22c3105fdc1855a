import { assertNever } from "../../ground/errors.ts";
import type { TrackName } from "../../ground/ids.ts";
import { change, hearRed, narrow, settle, suspectLast } from "./blame.ts";
import { type Candidate, findRun, type GateRun, type Queue, type QueueEvent } from "./queue.ts";

/** Returns the queue after an event. Pure; `next` decides what to do about it. */
export function after(queue: Queue, event: QueueEvent): Queue {
  switch (event.type) {
    case "entered":
      return enter(queue, event.candidate);
    case "left":
      return leave(queue, event.track);
    case "began":
      return begin(queue, { ...event.run, state: "running", commit: undefined });
    case "green":
      return green(queue, event);
    case "red":
      return narrow(hearRed(update(queue, event.id, { state: "red" }), [event.id]), event.id);
    case "broken":
      return broken(queue, event);
    case "advancing":
      return update(queue, event.id, { state: "advancing" });
    case "landed":
      return landed(queue, event.id);
    case "dropped":
      return { ...queue, runs: queue.runs.filter(({ id }) => id !== event.id) };
    case "moved":
      return moved(queue, event.target);
    default:
      return assertNever(event);
  }
}

function enter(queue: Queue, candidate: Candidate): Queue {
  if (queue.entries.some(({ track }) => track === candidate.track)) return queue;
  const fresh = { passed: false, apart: false, waited: 0, moves: 0 };
  const after = candidate.after.filter((name) => !comesAfter(queue, name, candidate.track));
  return { ...queue, entries: [...queue.entries, { ...candidate, ...fresh, after }] };
}

/** Whether a track waits for another, directly or through others: no track may wait for itself. */
function comesAfter(queue: Queue, name: TrackName, other: TrackName): boolean {
  if (name === other) return true;
  const entry = queue.entries.find(({ track }) => track === name);
  return entry?.after.some((below) => comesAfter(queue, below, other)) === true;
}

function leave(queue: Queue, name: TrackName): Queue {
  const entries = queue.entries.filter(({ track }) => track !== name);
  const isTorn = queue.split?.tracks.includes(name) === true;
  // The track that leaves may have been the cause, so its clashes are open again.
  const clashes = queue.clashes.filter((tracks) => !tracks.includes(name));
  return { ...queue, entries, clashes, split: isTorn ? undefined : queue.split };
}

function update(queue: Queue, id: number, change: Partial<GateRun>): Queue {
  return { ...queue, runs: queue.runs.map((run) => (run.id === id ? { ...run, ...change } : run)) };
}

function begin(queue: Queue, run: GateRun): Queue {
  const { split: torn } = queue;
  const again = run.kind === "again" && torn !== undefined;
  return {
    ...queue,
    runs: [...queue.runs, run],
    ...(again ? { split: { ...torn, again: "running" } } : {}),
  };
}

function green(queue: Queue, { id, commit }: { readonly id: number; readonly commit: string }) {
  const run = findRun(queue, id);
  if (run === undefined) return queue;
  const now = update(queue, id, { state: "green", commit });
  const fresh = now.entries.filter((one) => !one.passed && run.tracks.includes(one.track));
  const seen = { red: now.seen.red, of: now.seen.of + fresh.length };
  // A group whose tracks are all green together was red by bad luck.
  const clashes = now.clashes.filter((tracks) => !tracks.every((one) => run.tracks.includes(one)));
  const passed = change({ ...now, seen, clashes }, run.tracks, { passed: true });
  // The union was red by bad luck.
  if (run.kind === "again") return { ...passed, split: undefined };
  return narrow(passed, id);
}

function broken(
  queue: Queue,
  { id, track }: { readonly id: number; readonly track: TrackName | undefined },
): Queue {
  const run = findRun(queue, id);
  if (run === undefined) return queue;
  const rest = { ...queue, runs: queue.runs.filter((one) => one.id !== id) };
  const dissolved = run.kind === "part" || run.kind === "again" ? { split: undefined } : {};
  const guilty = track === undefined ? run.tracks : [track];
  return change({ ...rest, ...dissolved }, guilty, { apart: true, passed: false });
}

function landed(queue: Queue, id: number): Queue {
  const run = findRun(queue, id);
  if (run?.commit === undefined) return queue;
  const { tracks, commit } = run;
  const rest: Queue = {
    ...queue,
    target: commit,
    split: undefined,
    entries: queue.entries
      .filter(({ track }) => !tracks.includes(track))
      .map((entry) => ({ ...entry, waited: entry.waited + 1 })),
    runs: queue.runs
      .filter((one) => one.id !== id)
      .map((one) => (one.over === id ? { ...one, over: undefined, onto: commit } : one)),
  };
  const above = queue.runs.filter(({ over }) => over === id).map((one) => one.id);
  return hearRed(settle(suspectLast(rest, queue.split), tracks), above);
}

function moved(queue: Queue, target: string): Queue {
  const isLanding = queue.runs.some(({ state }) => state === "advancing");
  // A checkout that was switched away fails a landing as well, while the target stands still.
  if (target === queue.target && !isLanding) return queue;
  // Each run that was about to land, and will not, counts: its next attempt may end in the same
  // way.
  const foiled = queue.runs.filter(
    ({ kind, state }) => state === "advancing" || kind === "union" || kind === "again",
  );
  const tracks = new Set(foiled.flatMap((run) => run.tracks));
  const entries = queue.entries.map((entry) =>
    tracks.has(entry.track) ? { ...entry, moves: entry.moves + 1 } : entry,
  );
  return { ...queue, target, entries, split: undefined };
}
