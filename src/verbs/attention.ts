import { findRequest } from "../forge/request-store.ts";
import type { Config } from "../ground/config/config.ts";
import type { Store } from "../ground/store/store.ts";
import { liveCandidates, type Race, raceOf } from "../race/race.ts";
import { openRaces } from "../race/race-store.ts";
import { type Ask, askLine, howToAnswer } from "../talk/ask.ts";
import { openAsks } from "../talk/ask-store.ts";
import { human, type Message, senderName } from "../talk/message.ts";
import { allMessages, stuckMessages } from "../talk/message-store.ts";
import { isLive, type Track } from "../track/track.ts";
import { allTracks } from "../track/track-store.ts";
import type { AttentionNeed } from "../watch/attention.ts";
import { afterRestore, hintFor } from "../watch/choices.ts";
import { isOver, suspicionOf, type Worker } from "../worker/worker.ts";
import { latestWorker } from "../worker/worker-store.ts";

/** The facts that decide whether a track that stands still waits for a person. */
export interface AttentionFacts {
  readonly review: Config["land"]["review"];
  /** Whether a run is there that lands what is ready, and goes on with what was handed back. */
  readonly isRunning: boolean;
}

/**
 * Everything that waits for a person, oldest first: asks, workers that are blocked or do not get on,
 * tracks, what is ready and lands by nobody else, races to be picked, messages that are stuck, and
 * those to the person.
 */
export function needsOf(
  { store }: { readonly store: Store },
  scene: AttentionFacts,
): readonly AttentionNeed[] {
  return store.moment(() => {
    const tracks = allTracks(store);
    const races = openRaces(store);
    const open = openAsks(store);
    const asking = new Set<string>(open.map(({ track }) => track));
    const standing = tracks.flatMap((track): readonly AttentionNeed[] => {
      if (raceOf(races, track) !== undefined && track.at.state === "ready") return [];
      if (track.at.state === "growing") {
        const worker = asking.has(track.name) ? undefined : latestWorker(store, track.name);
        return worker === undefined || isOver(worker) ? [] : ofWorker(worker);
      }
      const isRequested = findRequest(store, track, "open") !== undefined;
      if (isRequested && track.at.state === "ready") return [];
      // By its own name it would land, and leave its race open.
      const isRacing = raceOf(races, track) !== undefined;
      return ofTrack(track, scene).map((need) =>
        isRacing ? { ...need, hint: need.hint.replaceAll("pleach land", "pleach pick") } : need,
      );
    });
    return [
      ...open.map(ofAsk),
      ...standing,
      ...races.flatMap((race) => ofRace(race, tracks)),
      ...stuckMessages(store).map(ofStuck),
      ...allMessages(store, human).flatMap(ofTold),
    ].toSorted((a, b) => a.since - b.since);
  });
}

function ofAsk(ask: Ask): AttentionNeed {
  const { id, track, worker, what, tool, detail, options, questions, askedAt } = ask;
  const parts = questions && { questions };
  return {
    ...{ kind: what, track, since: askedAt, text: askLine(ask), hint: howToAnswer(ask) },
    about: { ask: id, worker, tool, detail, options, ...parts },
  };
}

function ofWorker(worker: Worker): readonly AttentionNeed[] {
  const { track, report } = worker;
  if (report?.kind === "blocked") {
    // In its own words, and at once: that it has done something since takes nothing back.
    const said = worker.signals.find(({ source }) => source === "report");
    const text = `stated: ${report.text}`;
    const hint = `pleach tell ${track} TEXT`;
    return [{ kind: "blocked", track, since: said?.since ?? worker.since, text, hint }];
  }
  const suspicion = suspicionOf(worker);
  if (suspicion !== undefined) {
    const look =
      worker.socket === undefined
        ? `pleach logs ${track} shows what it does`
        : `pleach attach ${track} shows its terminal`;
    const hint = `${look}; pleach tell ${track} TEXT, or pleach stop ${track}`;
    return [{ kind: "suspected", track, since: suspicion.since, text: suspicion.why, hint }];
  }
  if (worker.at.state !== "blocked") return [];
  const { reason, detail } = worker.at;
  const hint =
    worker.socket === undefined
      ? `pleach logs ${track} shows what it says`
      : `pleach attach ${track} shows its terminal: answer it there`;
  return [{ kind: "blocked", track, since: worker.since, text: `${reason}: ${detail}`, hint }];
}

function ofTrack(track: Track, { review, isRunning }: AttentionFacts): readonly AttentionNeed[] {
  const { name, at, since } = track;
  const need = (
    kind: AttentionNeed["kind"],
    text: string,
    hint: string,
  ): readonly AttentionNeed[] => [{ kind, track: name, since, text, hint }];
  switch (at.state) {
    case "needs-human":
      return need("needs-human", `${at.reason}: ${at.detail}`, hintFor(track) ?? "");
    case "restored":
      return need("needs-human", "restored, and not started again", afterRestore(name));
    case "ready": {
      const hint = `pleach diff ${name} shows it, pleach land ${name} lands it`;
      if (review === "human") return need("ready", "ready, and waits for your review", hint);
      return isRunning ? [] : need("ready", "ready, and no run is there to land it", hint);
    }
    case "handed-back":
      return isRunning
        ? []
        : need(
            "needs-human",
            `handed back (${at.kind}), and no run is there to go on with it`,
            `pleach run goes on with all, pleach start ${name} with this one`,
          );
    default:
      return [];
  }
}

/** A race waits for a pick once there is somebody to pick, and nobody left to wait for. */
function ofRace(race: Race, tracks: readonly Track[]): readonly AttentionNeed[] {
  const live = liveCandidates(race, tracks).filter(isLive);
  const ready = live.filter(({ at }) => at.state === "ready");
  const isOpen = live.some(({ at }) =>
    ["planned", "provisioning", "growing", "held", "landing", "handed-back"].includes(at.state),
  );
  if (ready.length === 0 || isOpen) return [];
  const { name: track } = race;
  const text = `the race is over: ${ready.map(({ name }) => name).join(", ")} can be picked`;
  const since = Math.max(...ready.map((candidate) => candidate.since));
  return [{ kind: "ready", track, since, text, hint: `pleach compare ${track}` }];
}

function ofStuck({ id, to, changedAt, evidence }: Message): AttentionNeed {
  return {
    ...{ kind: "message", track: to, since: changedAt },
    text: `message ${id} is stuck: ${evidence ?? "nothing shows that it arrived"}`,
    hint: `pleach inbox ${to} shows it; it stands in .pleach/inbox.md of the worktree`,
  };
}

/** A message to the person waits until it is read or answered. */
function ofTold({ id, from, at, state, text }: Message): readonly AttentionNeed[] {
  if (state === "acknowledged" || from.kind === human) return [];
  const answer =
    from.kind === "track" ? `; pleach tell ${from.name} --reply-to ${id} TEXT answers it` : "";
  const track = from.kind === "track" ? from.name : senderName(from);
  const hint = `pleach inbox human shows it whole, and puts it away${answer}`;
  return [{ kind: "told", track, since: at, text: `message ${id}: ${text}`, hint }];
}
