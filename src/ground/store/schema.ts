/**
 * The migrations, forward only: entry n brings `PRAGMA user_version` from n to n + 1. A projection
 * keeps what a phase decided as one JSON document (`doc`), beside the columns that are queried.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    track TEXT,
    worker TEXT,
    payload TEXT NOT NULL CHECK (json_valid(payload))
  ) STRICT;
  CREATE INDEX events_by_track ON events (track, seq);
  CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
  CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

  CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL CHECK (json_valid(owner)),
    token INTEGER NOT NULL,
    taken_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE programs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    step TEXT,
    phase TEXT NOT NULL CHECK (phase IN ('begun', 'intent', 'result', 'finished')),
    owner TEXT NOT NULL CHECK (json_valid(owner)),
    facts TEXT NOT NULL CHECK (json_valid(facts)),
    begun_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX programs_open ON programs (kind) WHERE phase <> 'finished';

  CREATE TABLE tracks (
    name TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    branch TEXT NOT NULL,
    worktree TEXT NOT NULL,
    doc TEXT NOT NULL CHECK (json_valid(doc))
  ) STRICT;

  CREATE TABLE workers (
    id TEXT PRIMARY KEY,
    track TEXT NOT NULL,
    state TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    doc TEXT NOT NULL CHECK (json_valid(doc))
  ) STRICT;
  CREATE INDEX workers_by_track ON workers (track);

  CREATE TABLE ports (
    base INTEGER PRIMARY KEY,
    track TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE landings (
    id TEXT PRIMARY KEY,
    track TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at INTEGER NOT NULL,
    doc TEXT NOT NULL CHECK (json_valid(doc))
  ) STRICT;
  CREATE INDEX landings_by_track ON landings (track, at);

  CREATE TABLE drops (
    track TEXT NOT NULL,
    time TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('kept', 'restored', 'expired')),
    doc TEXT NOT NULL CHECK (json_valid(doc)),
    PRIMARY KEY (track, time)
  ) STRICT;

  CREATE TABLE gate_results (
    tree TEXT NOT NULL,
    gate TEXT NOT NULL,
    seconds REAL NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tree, gate)
  ) STRICT;
  `,
  `
  CREATE TABLE radar_looks (
    track TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    doc TEXT NOT NULL CHECK (json_valid(doc))
  ) STRICT;

  CREATE TABLE radar_told (
    track TEXT NOT NULL,
    other TEXT NOT NULL,
    path TEXT NOT NULL,
    PRIMARY KEY (track, other, path)
  ) STRICT, WITHOUT ROWID;
  `,
  // The latest signal of each source is kept with its worker.
  `UPDATE workers SET doc = json_set(doc, '$.signals', json('[]'));`,
  `
  CREATE TABLE requests (
    track TEXT NOT NULL,
    track_made INTEGER NOT NULL,
    over INTEGER NOT NULL CHECK (over IN (0, 1)),
    doc TEXT NOT NULL CHECK (json_valid(doc)),
    PRIMARY KEY (track, track_made)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE radar_touches (
    path TEXT NOT NULL,
    track TEXT NOT NULL,
    committed INTEGER NOT NULL CHECK (committed IN (0, 1)),
    PRIMARY KEY (path, track)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX radar_touches_by_track ON radar_touches (track);

  CREATE TABLE radar_hinted (
    track TEXT NOT NULL,
    other TEXT NOT NULL,
    hint TEXT NOT NULL,
    PRIMARY KEY (track, other, hint)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE holds (
    account TEXT PRIMARY KEY,
    doc TEXT NOT NULL CHECK (json_valid(doc))
  ) STRICT;
  `,
  // The use of each worker's budget, and its fresh sessions.
  `
  UPDATE workers SET doc = json_set(doc, '$.turns', 0, '$.warned', json('false'),
    '$.before', json('{"tokens":0,"costUsd":0,"ms":0,"turns":0}'),
    '$.renewals', json('{"count":0,"mark":null}'));
  `,
  `
  CREATE TABLE races (
    name TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    picked TEXT,
    doc TEXT NOT NULL CHECK (json_valid(doc))
  ) STRICT;
  `,
  `
  CREATE TABLE messages (
    seq INTEGER PRIMARY KEY,
    receiver TEXT NOT NULL,
    track_made INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('stored', 'given', 'delivered', 'acknowledged', 'stuck')),
    doc TEXT NOT NULL CHECK (json_valid(doc))
  ) STRICT;
  CREATE INDEX messages_by_receiver ON messages (receiver, state);

  CREATE TABLE asks (
    id INTEGER PRIMARY KEY,
    track TEXT NOT NULL,
    worker TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'answered', 'given', 'verified', 'moot')),
    doc TEXT NOT NULL CHECK (json_valid(doc))
  ) STRICT;
  CREATE INDEX asks_by_worker ON asks (worker, state);
  `,
  // The point up to which the live tracks have been told of landings.
  `
  CREATE TABLE news (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL
  ) STRICT;
  INSERT INTO news (one, seq) SELECT 1, coalesce(max(seq), 0) FROM events;
  `,
  `
  CREATE TABLE gate_failures (
    tree TEXT NOT NULL,
    gate TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tree, gate)
  ) STRICT, WITHOUT ROWID;
  `,
  // Of two conflicting tracks the track that has to wait, as the living run has decided.
  `
  CREATE TABLE behind (
    track TEXT PRIMARY KEY,
    first TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // The commit of a track that the radar has seen.
  `
  ALTER TABLE radar_looks ADD COLUMN head TEXT;
  `,
  // All failures of a red gate, and the failures that the target may go on having.
  `
  ALTER TABLE gate_failures ADD COLUMN doc TEXT;

  CREATE TABLE allowances (
    target TEXT PRIMARY KEY,
    gate TEXT NOT NULL,
    at INTEGER NOT NULL,
    doc TEXT NOT NULL CHECK (json_valid(doc))
  ) STRICT, WITHOUT ROWID;
  `,
];
