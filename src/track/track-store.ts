import type { Clock } from "../ground/clock.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import type { TrackName } from "../ground/ids.ts";
import type { Store } from "../ground/store/store.ts";
import { type Track, type TrackEvent, transition } from "./track.ts";

interface TrackRow {
  readonly doc: string;
}

export function findTrack(store: Store, name: TrackName): Track | undefined {
  const row = store.one<TrackRow>("SELECT doc FROM tracks WHERE name = ?", name);
  return row === undefined ? undefined : (JSON.parse(row.doc) as Track);
}

/** Finds a track by its name. @throws PleachError `track/none` with the names there are */
export function requireTrack(store: Store, name: TrackName): Track {
  const track = findTrack(store, name);
  if (track !== undefined) return track;
  const names = allTracks(store).map((known) => known.name);
  throw new PleachError({
    code: "track/none",
    message: `there is no track ${name}${names.length === 0 ? "" : ` (there are: ${names.join(", ")})`}`,
    hint: "pleach ls",
    exitCode: ExitCode.usage,
  });
}

/** Lists every track that has not been replaced by a later track of the same name, oldest first. */
export function allTracks(store: Store): readonly Track[] {
  return store
    .all<TrackRow>("SELECT doc FROM tracks ORDER BY rowid")
    .map((row) => JSON.parse(row.doc) as Track);
}

/** Moves a track on: journal and projection in one transaction. */
export function recordTrack(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  name: TrackName,
  event: TrackEvent,
): Track {
  return store.transaction(() => {
    const next = transition(findTrack(store, name), event, clock.now());
    store.append({ ...event, track: name });
    store.write(
      `INSERT INTO tracks (name, state, branch, worktree, doc) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET state = excluded.state, branch = excluded.branch,
         worktree = excluded.worktree, doc = excluded.doc`,
      name,
      next.at.state,
      next.branch,
      next.worktree,
      JSON.stringify(next),
    );
    return next;
  });
}
