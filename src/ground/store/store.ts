import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  statSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Clock } from "../clock.ts";
import { ExitCode, messageOf, PleachError } from "../errors.ts";
import type { TrackName, WorkerId } from "../ids.ts";
import type { JournalEntry, JournalEvent } from "../journal/event.ts";
import type { Json } from "../json.ts";
import {
  codeOf,
  databaseBusy,
  isBusy,
  type Patience,
  usualPatience,
  withPatience,
} from "./busy.ts";
import { migrations } from "./schema.ts";

/** An entry of any kind, taken apart into the columns of the journal. */
type AnyEntry = Pick<JournalEntry, "type"> & {
  readonly track?: TrackName | undefined;
  readonly worker?: WorkerId | undefined;
};

interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly track: TrackName | null;
  readonly worker: WorkerId | null;
  readonly payload: string;
}

/** The time SQLite waits for another user of the database, at each call, in milliseconds. */
const busyTimeoutMs = 10_000;
/** The codes for a disk that is full, read-only, gone or damaged: no mistake of ours. */
const diskCodes = /^SQLITE_(?:FULL|IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB)/;

/** The single database of a repository. Prepared statements are kept by their text. */
export class Store {
  readonly folder: string;
  readonly #db: Database.Database;
  readonly #clock: Clock;
  readonly #statements = new Map<string, Database.Statement>();
  #depth = 0;
  #writes = 0;
  #patience: Patience = usualPatience;

  constructor(folder: string, db: Database.Database, clock: Clock) {
    this.folder = folder;
    this.#db = db;
    this.#clock = clock;
  }

  /** Sets the patience with others that have the database for long. */
  wait(patience: Patience): void {
    this.#patience = patience;
  }

  /** Returns all rows; `Row` is the caller's word for what its SQL selects. */
  all<Row>(sql: string, ...values: readonly unknown[]): readonly Row[] {
    return this.#tried(() => this.#statement(sql).all(...values) as readonly Row[]);
  }

  /** Returns the first row, or undefined. */
  one<Row>(sql: string, ...values: readonly unknown[]): Row | undefined {
    return this.#tried(() => this.#statement(sql).get(...values) as Row | undefined);
  }

  /** Runs a statement that writes; @returns how many rows it changed. */
  write(sql: string, ...values: readonly unknown[]): number {
    this.#writes += 1;
    return this.#tried(() => this.#statement(sql).run(...values).changes);
  }

  /**
   * Runs a body in `BEGIN IMMEDIATE`: all of it takes effect, or nothing. Nested calls join the
   * outer transaction.
   */
  transaction<Result>(body: () => Result): Result {
    if (this.#depth > 0) return body();
    this.#depth += 1;
    try {
      let hasBegun = false;
      const once = (): Result => {
        hasBegun = true;
        return body();
      };
      const act = (): Result => this.#db.transaction(once).immediate();
      const result = this.#tried(act, () => !hasBegun);
      this.#wake();
      return result;
    } finally {
      this.#depth -= 1;
    }
  }

  /** Runs several reads that see the same moment; takes no lock and wakes no reader. */
  moment<Result>(body: () => Result): Result {
    if (this.#depth > 0) return body();
    return this.#tried(() => this.#db.transaction(body).deferred());
  }

  /** Runs a transaction that is on the disk when this returns, not only in the page cache. */
  durably<Result>(body: () => Result): Result {
    if (this.#depth > 0) throw new Error("a durable transaction cannot be nested");
    this.#db.pragma("synchronous = FULL");
    try {
      return this.transaction(body);
    } finally {
      this.#db.pragma("synchronous = NORMAL");
    }
  }

  /** Appends to the journal; call it in the transaction that changes the projection. */
  append(entry: JournalEntry): void {
    const { type, track, worker, ...payload }: AnyEntry = entry;
    this.write(
      "INSERT INTO events (at, type, track, worker, payload) VALUES (?, ?, ?, ?, ?)",
      this.#clock.now(),
      type,
      track ?? null,
      worker ?? null,
      JSON.stringify(payload),
    );
  }

  /** Returns the journal after a cursor, oldest first. */
  events(after = 0, limit = 10_000): readonly JournalEvent[] {
    const sql = "SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?";
    return this.all<EventRow>(sql, after, limit).map(eventFromRow);
  }

  /** Returns the newest events about a track, oldest first. */
  eventsOfTrack(track: TrackName, limit: number): readonly JournalEvent[] {
    const sql = "SELECT * FROM events WHERE track = ? ORDER BY seq DESC LIMIT ?";
    return this.all<EventRow>(sql, track, limit).map(eventFromRow).toReversed();
  }

  /** Returns the newest sequence number, 0 when nothing has happened. */
  lastSeq(): number {
    return this.one<{ seq: number }>("SELECT coalesce(max(seq), 0) AS seq FROM events")?.seq ?? 0;
  }

  /**
   * Returns a text that changes with each commit of any process (`PRAGMA data_version`) and each
   * write of this process.
   */
  version(): string {
    const others = this.#tried(() => this.#db.pragma("data_version", { simple: true }));
    return `${String(others)}/${this.#writes}`;
  }

  /** The file touched by each commit: readers watch it instead of the database. */
  get wakeFile(): string {
    return join(this.folder, "wake");
  }

  close(): void {
    this.#db.close();
  }

  /**
   * Acts with the store's patience. @throws PleachError `store/unusable` when the disk is at fault,
   * `store/busy`
   */
  #tried<Result>(act: () => Result, mayAgain: () => boolean = () => true): Result {
    const may = (): boolean => mayAgain() && !this.#db.inTransaction;
    try {
      return withPatience(act, { folder: this.folder, patience: this.#patience, mayAgain: may });
    } catch (error) {
      throw diskCodes.test(codeOf(error)) ? unusable(this.folder, error) : error;
    }
  }

  #statement(sql: string): Database.Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const prepared = this.#db.prepare(sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }

  #wake(): void {
    try {
      const now = new Date(this.#clock.now());
      utimesSync(this.wakeFile, now, now);
    } catch {
      // Only a hint: readers that miss it see `PRAGMA data_version` change within a second.
    }
  }
}

function eventFromRow(row: EventRow): JournalEvent {
  return {
    ...(JSON.parse(row.payload) as Record<string, Json>),
    seq: row.seq,
    at: row.at,
    type: row.type,
    ...(row.track === null ? {} : { track: row.track }),
    ...(row.worker === null ? {} : { worker: row.worker }),
  } as JournalEvent;
}

/**
 * Opens (and on first use creates) the state of a repository.
 * @throws PleachError `store/unusable` when the disk is full, read-only, or the file is damaged
 */
export function openStore(folder: string, clock: Clock): Store {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, "state.db");
    const db = new Database(file, { timeout: busyTimeoutMs });
    chmodSync(file, 0o600);
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = NORMAL");
    db.pragma("foreign_keys = ON");
    migrate(db);
    const store = new Store(folder, db, clock);
    if (!existsSync(store.wakeFile)) closeSync(openSync(store.wakeFile, "a", 0o600));
    return store;
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** Opens the state of a repository that may have none: for verbs that only read. */
export function openStoreIfThere(folder: string, clock: Clock): Store | undefined {
  const file = join(folder, "state.db");
  if (!existsSync(file) || statSync(file).size === 0) return undefined;
  return openStore(folder, clock);
}

function migrate(db: Database.Database): void {
  const version = (): number => db.pragma("user_version", { simple: true }) as number;
  if (version() > migrations.length) {
    throw new Error(`it was written by a newer pleach (version ${version()})`);
  }
  if (version() === migrations.length) return;
  db.transaction(() => {
    for (let next = version(); next < migrations.length; next += 1) {
      db.exec(migrations[next] ?? "");
      db.pragma(`user_version = ${next + 1}`);
    }
  }).immediate();
}

/** Turns an error of the database or the disk into words. */
export function unusable(folder: string, error: unknown): unknown {
  if (error instanceof PleachError) return error;
  if (isBusy(error)) return databaseBusy(folder, error);
  return new PleachError({
    code: "store/unusable",
    message: `the state in ${folder} cannot be used: ${messageOf(error)}`,
    hint: "make room or make it writable, then run the same command again; `pleach doctor` looks closer",
    exitCode: ExitCode.prerequisite,
    cause: error,
  });
}
