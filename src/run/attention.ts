import type { Ground } from "../ground/ground.ts";
import { allTracks } from "../grow/track-store.ts";
import { isOver, suspicionOf } from "../grow/worker.ts";
import { latestWorker } from "../grow/worker-store.ts";
import { askLine, howToAnswer } from "../talk/ask.ts";
import { openAsks } from "../talk/ask-store.ts";
import { stuckMessages } from "../talk/message-store.ts";
import type { Need } from "../watch/attention.ts";

/** Everything that waits for a person, oldest first: asks, workers that are blocked or do not get on, tracks, stuck messages. */
export function needsOf({ store }: Pick<Ground, "store">): readonly Need[] {
  return store.moment(() => {
    const asks = openAsks(store).map((ask): Need => {
      const { id, track, worker, what, tool, detail, options, questions, askedAt } = ask;
      const parts = questions && { questions };
      const about = { ask: id, worker, tool, detail, options, ...parts };
      return {
        kind: what,
        track,
        since: askedAt,
        text: askLine(ask),
        hint: howToAnswer(ask),
        about,
      };
    });
    const asking = new Set(asks.map(({ track }) => track));
    const tracks = allTracks(store).flatMap(({ name, at, since }): readonly Need[] => {
      if (at.state === "needs-human") {
        const hint = `pleach status ${name} --why`;
        return [
          { kind: "needs-human", track: name, since, text: `${at.reason}: ${at.detail}`, hint },
        ];
      }
      const worker = at.state === "growing" ? latestWorker(store, name) : undefined;
      if (worker === undefined || isOver(worker) || asking.has(name)) return [];
      const suspicion = suspicionOf(worker);
      if (suspicion !== undefined) {
        const look =
          worker.socket === undefined
            ? `pleach logs ${name} shows what it does`
            : `pleach attach ${name} shows its terminal`;
        const hint = `${look}; pleach tell ${name} TEXT, or pleach stop ${name}`;
        return [
          { kind: "suspected", track: name, since: suspicion.since, text: suspicion.why, hint },
        ];
      }
      if (worker.at.state !== "blocked") return [];
      const { reason, detail } = worker.at;
      const text = `${reason}: ${detail}`;
      const hint =
        reason === "stated" ? `pleach tell ${name} TEXT` : `pleach logs ${name} shows what it says`;
      return [{ kind: "blocked", track: name, since: worker.since, text, hint }];
    });
    const stuck = stuckMessages(store).map(
      ({ id, to, changedAt, evidence }): Need => ({
        kind: "message",
        track: to,
        since: changedAt,
        text: `message ${id} is stuck: ${evidence ?? "nothing shows that it arrived"}`,
        hint: `pleach inbox ${to} shows it; it stands in .pleach/inbox.md of the worktree`,
      }),
    );
    return [...asks, ...tracks, ...stuck].toSorted((a, b) => a.since - b.since);
  });
}
