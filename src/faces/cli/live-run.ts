import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { inBackground } from "../../ground/background.ts";
import type { Ground } from "../../ground/ground.ts";
import type { TrackName } from "../../ground/ids.ts";
import { waitForChange } from "../../ground/store/watch.ts";
import { unstyled } from "../../ground/text.ts";
import type { Hold } from "../../grow/limits/hold.ts";
import { askLine, howToAnswer } from "../../talk/ask.ts";
import { openAsks } from "../../talk/ask-store.ts";
import { recordedBehind } from "../../track/behind-store.ts";
import type { Track } from "../../track/track.ts";
import { trackFiles } from "../../track/track-files.ts";
import { allTracks } from "../../track/track-store.ts";
import { type AttentionFacts, needsOf } from "../../verbs/attention.ts";
import { holdsOf } from "../../verbs/holds.ts";
import { type AttentionNeed, callsFor } from "../../watch/attention.ts";
import { formatHolds, formatOpening } from "../../watch/holds.ts";
import { formatLive, formatSentence, type LiveRow } from "../../watch/live.ts";
import { sentence } from "../../watch/sentence.ts";
import { suspicionOf } from "../../worker/worker.ts";
import { latestWorker } from "../../worker/worker-store.ts";
import type { Output } from "./output.ts";

/** The form of the output of `run`: plain lines in a pipe, lines and a live block in a terminal, or NDJSON. */
export type Printing = "lines" | "ndjson";

const tailBytes = 4_096;
/** The clocks of the live block go by seconds. */
const redrawMs = 1_000;
const idleMs = 60_000;

/** Prints the journal from a cursor on; @returns the new cursor. */
export function printEvents(
  ground: Ground,
  out: Output,
  { after, printing }: { readonly after: number; readonly printing: Printing },
): number {
  let seen = after;
  for (const event of ground.store.events(after)) {
    seen = event.seq;
    if (printing === "ndjson") {
      out.record(event);
      continue;
    }
    const said = sentence(event);
    if (said.weight === "detail") continue;
    const clock = new Date(event.at).toTimeString().slice(0, 8);
    out.line(formatSentence({ track: event.track, sentence: said, clock }, out.roll));
  }
  return seen;
}

/** Draws one line for each track on which something happens, or that waits for somebody. */
export function drawLive(
  ground: Ground,
  out: Output,
  landing: ReadonlyMap<TrackName, string>,
): void {
  const now = ground.clock.now();
  const tracks = allTracks(ground.store);
  const holds = holdsOf(ground);
  const waiting = recordedBehind(ground.store);
  const rows = tracks
    .filter((track) => isShown(track))
    .map((track) => {
      const [note, behind] = [landing.get(track.name), waiting.get(track.name)];
      return liveRow(ground, track, { now, holds, note, behind });
    });
  out.live([...formatLive(rows, out.paper), ...formatHolds(holds, now, out.paper)]);
}

const shown = new Set([
  "provisioning",
  "growing",
  "held",
  "landing",
  "handed-back",
  "ready",
  "needs-human",
]);
const isShown = (track: Track): boolean => shown.has(track.at.state);

interface LiveFacts {
  readonly now: number;
  readonly holds: readonly Hold[];
  readonly note: string | undefined;
  readonly behind: TrackName | undefined;
}

function liveRow(ground: Ground, track: Track, { now, holds, note, behind }: LiveFacts): LiveRow {
  const { at, name, since } = track;
  const row = { track: name, state: at.state, elapsedMs: now - since };
  if (at.state === "needs-human") return { ...row, weight: "needs-you", note: at.detail };
  if (at.state === "held" && "behind" in at) return { ...row, weight: "normal", note: at.detail };
  if (at.state === "held") {
    const hold = holds.find(({ account }) => account === at.account);
    const when = hold === undefined ? "its account is open again" : formatOpening(hold, now);
    return { ...row, weight: "bad", note: `${when}; then its session goes on` };
  }
  const asked = openAsks(ground.store).find((ask) => ask.track === name);
  if (at.state === "growing" && asked !== undefined) {
    const asking = { ...row, state: asked.what, elapsedMs: now - asked.askedAt };
    const note = `${askLine(asked)} · ${howToAnswer(asked)}`;
    return { ...asking, weight: "needs-you", note };
  }
  if (at.state === "growing") {
    const worker = latestWorker(ground.store, name);
    const suspicion = worker === undefined ? undefined : suspicionOf(worker);
    if (suspicion !== undefined) return { ...row, weight: "needs-you", note: suspicion.why };
    return {
      ...row,
      weight: "normal",
      note: lastLine(trackFiles(ground.repo.stateDir, name).output),
    };
  }
  const weight = at.state === "handed-back" ? "bad" : "normal";
  const wait = behind === undefined ? "" : `waits for ${behind}, which lands first`;
  return { ...row, weight, note: note ?? wait };
}

/** The last line of a file that has something on it; empty when there is no such file. */
function lastLine(file: string): string {
  try {
    const handle = openSync(file, "r");
    try {
      const { size } = fstatSync(handle);
      const length = Math.min(size, tailBytes);
      const bytes = Buffer.alloc(length);
      readSync(handle, bytes, 0, length, size - length);
      return unstyled(bytes.toString()).trimEnd().split("\n").at(-1) ?? "";
    } finally {
      closeSync(handle);
    }
  } catch {
    // Not written yet, or just moved away: only decoration is lost.
    return "";
  }
}

/** Names the tracks, and nothing that an agent said: it is shown on locked screens. */
function ringText(needs: readonly AttentionNeed[]): string {
  const tracks = [...new Set(needs.map(({ track }) => track))];
  return `pleach: ${tracks.join(", ")} ${tracks.length === 1 ? "waits" : "wait"} for you`;
}

/** Prints what happens until it is stopped; `stop` prints the rest and takes the live block away. */
export function startPrinting(
  ground: Ground,
  out: Output,
  options: {
    readonly after: number;
    readonly printing: Printing;
    readonly landing: ReadonlyMap<TrackName, string>;
    readonly review: AttentionFacts["review"];
  },
): { readonly stop: () => Promise<void> } {
  const isDrawn = options.printing === "lines" && out.terminal.stdout;
  let { after } = options;
  const scene: AttentionFacts = { review: options.review, isRunning: true };
  // A need that stands already when the run begins rings no bell.
  const called = new Set(callsFor(needsOf(ground, scene), new Set()));
  const show = (): void => {
    after = printEvents(ground, out, { after, printing: options.printing });
    if (!isDrawn) return;
    drawLive(ground, out, options.landing);
    const needs = needsOf(ground, scene);
    const calls = callsFor(needs, called);
    for (const call of calls) called.add(call);
    if (calls.length > 0) out.ring(ringText(needs));
  };
  const printing = inBackground(ground, "printing what happens", async (signal) => {
    while (!signal.aborted) {
      const since = ground.store.version();
      show();
      const limitMs = isDrawn ? redrawMs : idleMs;
      await waitForChange(ground.store, ground.clock, { since, limitMs, signal });
    }
  });
  return {
    stop: async () => {
      await printing.stop();
      show();
      out.live([]);
    },
  };
}
