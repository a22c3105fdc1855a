import type { Store } from "../ground/store/store.ts";
import type { Track } from "../track/track.ts";
import type { PullRequest } from "./request.ts";

type Whose = Pick<Track, "name" | "createdAt">;

interface RequestRow {
  readonly doc: string;
}

/** Finds the request of a track; a request of a former track of the same name does not count. */
export function findRequest(
  store: Store,
  { name, createdAt }: Whose,
  which: "open" | "over",
): PullRequest | undefined {
  const sql = "SELECT doc FROM requests WHERE track = ? AND track_made = ? AND over = ?";
  const row = store.one<RequestRow>(sql, name, createdAt, which === "over" ? 1 : 0);
  return row === undefined ? undefined : (JSON.parse(row.doc) as PullRequest);
}

type RequestEvent =
  | { readonly type: "request.opened" }
  | { readonly type: "request.pushed" }
  | { readonly type: "request.restacked" }
  | { readonly type: "request.merged" }
  | { readonly type: "request.closed" };

/** Records an event of a request: journal and projection in one transaction. */
export function recordRequest(
  store: Store,
  track: Whose,
  event: RequestEvent & { readonly request: PullRequest },
): void {
  const { request, type } = event;
  const over = type === "request.merged" || type === "request.closed" ? 1 : 0;
  const { track: name, ...rest } = request;
  store.transaction(() => {
    store.append({ type, track: name, ...rest });
    store.write(
      `INSERT INTO requests (track, track_made, over, doc) VALUES (?, ?, ?, ?)
       ON CONFLICT (track, track_made) DO UPDATE SET over = excluded.over, doc = excluded.doc`,
      name,
      track.createdAt,
      over,
      JSON.stringify(request),
    );
  });
}
