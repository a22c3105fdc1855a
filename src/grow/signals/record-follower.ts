import { existsSync, type FSWatcher, watch } from "node:fs";
import { readdir } from "node:fs/promises";
import { isAbsolute, join, relative } from "node:path";
import type { SessionRecords } from "../../agents/conversation.ts";
import { type TurnOutcome, type Usage, usageBeyond } from "../../agents/event.ts";
import type { RecordEvent, RecordReader } from "../../agents/record.ts";
import type { EpochMs } from "../../ground/clock.ts";
import type { Ground } from "../../ground/ground.ts";
import type { ExactEnv } from "../../ground/proc/run.ts";
import { type SignalContent, subAgentOf } from "../../worker/signal.ts";
import type { Worker } from "../../worker/worker.ts";
import { findWorker, recordWorker } from "../../worker/worker-store.ts";
import type { AccountWatch } from "../limits/account-watch.ts";
import { signalOfRecord } from "./record-signal.ts";
import { RecordTail } from "./record-tail.ts";
import type { SignalReaders } from "./signal-readers.ts";
import type { Transcript } from "./transcript.ts";

/** Time between two looks at a file whose watch says nothing, 3 s: a look is one `stat`. */
const lookMs = 3_000;
/** Time between two records of the tokens used while a turn runs: 10 s. */
const countMs = 10_000;
/** Time between two searches for a file that is not there yet, in ms: less and less often. */
const searchMs = { first: 1_000, last: 60_000 } as const;

export interface Reading {
  readonly ground: Pick<Ground, "store" | "clock">;
  readonly worker: Pick<Worker, "id" | "track">;
  readonly records: SessionRecords;
  readonly env: ExactEnv;
  /** When the process was started: lines written before tell only of former use. */
  readonly since: EpochMs;
  readonly transcript: Pick<Transcript, "tell" | "remark">;
  readonly readers: Pick<SignalReaders, "signals" | "progress" | "misheard">;
  readonly account: Pick<AccountWatch, "alive">;
}

interface FollowedFile {
  readonly tail: RecordTail;
  /** Whether the lines being read were written before the process was started. */
  isPast: boolean;
}

/** The files of one session: its own, and those of its sub-agents. */
interface Followed {
  readonly session: string;
  readonly own: FollowedFile;
  readonly apart: Map<string, FollowedFile>;
  readonly watchers: FSWatcher[];
  reader: RecordReader;
  /** The tokens used before the process was started, as far as they were not counted yet. */
  before: Usage | null;
}

/**
 * Follows the record that an agent's program keeps of its session: tokens, tools, messages and ends
 * of turns, for a program without a stream. Only appended lines are read; the files are watched,
 * and looked at now and then in case a watch is deaf.
 */
export class RecordFollower {
  readonly #reading: Reading;
  readonly #over = new AbortController();
  #wanted: { readonly session: string; readonly file: string | null } | undefined;
  #followed: Followed | undefined;
  #outcome: TurnOutcome | undefined;
  /** The use not recorded yet, and the time of the last record (monotonic). */
  #usage: Usage | undefined;
  #countedAt = Number.NEGATIVE_INFINITY;
  /** The signals from the lines of one look, of the agent itself (null) and of each sub-agent. */
  readonly #said = new Map<string | null, SignalContent>();
  #looking: Promise<void> = Promise.resolve();
  #isAsked = false;

  constructor(reading: Reading) {
    this.#reading = reading;
    void this.#watch();
  }

  /** Whether the records are found, so that other sources need not tell the agent's work. */
  get isFollowing(): boolean {
    return this.#followed !== undefined;
  }

  /** The error that the last turn ended with; undefined: none, or the turn is not over. */
  get outcome(): TurnOutcome | undefined {
    return this.#outcome;
  }

  /**
   * Follows the record of a session.
   * @param file the path it is said to have; null: the record is searched
   */
  follow(session: string, file: string | null = null): void {
    if (this.#wanted?.session === session && (file === null || this.isFollowing)) return;
    if (this.#followed?.session !== session) this.#leave();
    this.#wanted = { session, file };
    this.#ask();
  }

  /** Reads all there is by now, and records it. */
  async catchUp(): Promise<void> {
    this.#countedAt = Number.NEGATIVE_INFINITY;
    this.#ask();
    await this.#looking;
  }

  async close(): Promise<void> {
    this.#over.abort();
    await this.catchUp();
    this.#leave();
  }

  async #watch(): Promise<void> {
    const { clock } = this.#reading.ground;
    let pause: number = searchMs.first;
    while (!this.#over.signal.aborted) {
      // A file whose name is known is only waited for, not searched.
      if (this.isFollowing) pause = lookMs;
      else if (this.#wanted?.file == null) pause = Math.min(searchMs.last, pause * 2);
      else pause = searchMs.first;
      await clock.sleep(pause, this.#over.signal);
      if (!this.#over.signal.aborted) this.#ask();
    }
  }

  /** Asks for a look: one runs at a time, and one is enough for all requests made meanwhile. */
  #ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#looking = this.#looking.then(async () => {
      this.#isAsked = false;
      // A failed read is tried again with the next look: this is the least of our sources.
      await this.#look().catch(() => undefined);
    });
  }

  async #look(): Promise<void> {
    const followed = this.#followed ?? (await this.#find());
    if (followed === undefined) return;
    this.#followed = followed;
    await this.#findApart(followed);
    this.#said.clear();
    const read = async (file: FollowedFile, anew: () => void): Promise<void> =>
      await file.tail.read((line) => this.#hear(followed, file, line), anew);
    for (const file of followed.apart.values()) await read(file, () => undefined);
    await read(followed.own, () => {
      followed.reader = this.#reading.records.reader();
      this.#listen(followed.watchers, followed.own.tail.file);
    });
    for (const said of this.#said.values()) this.#reading.readers.signals.tell(said);
    // Meanwhile the program may have gone on in another session.
    if (this.#followed === followed) this.#count(followed);
  }

  async #find(): Promise<Followed | undefined> {
    const { records, env } = this.#reading;
    const folder = records.folder(env);
    const wanted = this.#wanted;
    if (folder === undefined || wanted === undefined) return undefined;
    const { session, file } = wanted;
    // A path told by a hook may be forged: it counts only if its name and folder are right.
    const isRight = file !== null && records.isOf(file, session) && isInside(file, folder);
    const found = isRight
      ? file
      : (await readdir(folder, { recursive: true }).catch(() => [])).find((name) =>
          records.isOf(name, session),
        );
    const path = found === undefined ? undefined : isAbsolute(found) ? found : join(folder, found);
    if (path === undefined || !existsSync(path)) return undefined;
    const own = { tail: new RecordTail(path), isPast: true };
    const watchers: FSWatcher[] = [];
    this.#listen(watchers, path);
    const reader = records.reader();
    return { session, own, apart: new Map(), watchers, reader, before: null };
  }

  async #findApart({ own, apart, watchers }: Followed): Promise<void> {
    const folder = this.#reading.records.apart?.(own.tail.file);
    if (folder === undefined) return;
    const names = await readdir(folder).catch(() => []);
    if (apart.size === 0 && names.length > 0) this.#listen(watchers, folder);
    for (const name of names.filter((one) => one.endsWith(".jsonl"))) {
      if (apart.has(name)) continue;
      apart.set(name, { tail: new RecordTail(join(folder, name)), isPast: true });
    }
  }

  #listen(watchers: FSWatcher[], file: string): void {
    try {
      const watcher = watch(file, () => this.#ask());
      watcher.on("error", () => watcher.close());
      watchers.push(watcher);
    } catch {
      // Without a watch the file is looked at now and then all the same.
    }
  }

  #leave(): void {
    for (const watcher of this.#followed?.watchers ?? []) watcher.close();
    this.#followed = undefined;
    this.#usage = undefined;
  }

  #hear(followed: Followed, file: FollowedFile, line: string): void {
    const { at, events } = followed.reader.read(line);
    if (at !== null) file.isPast = at < this.#reading.since;
    for (const event of events) {
      if (event.kind === "usage") {
        this.#usage = event.session;
        if (file.isPast) followed.before = event.session;
      } else if (!file.isPast) this.#tell(event, at);
    }
  }

  #tell(event: RecordEvent, at: EpochMs | null): void {
    const { transcript, readers, account } = this.#reading;
    const said = signalOfRecord(event);
    if (said !== undefined) this.#said.set(subAgentOf(said), said);
    switch (event.kind) {
      case "called":
        readers.progress.opened(event.call, event.words, at);
        return;
      case "returned":
        readers.progress.closed(event.call);
        return;
      case "interrupted":
        readers.progress.closed(null);
        transcript.remark("interrupted");
        return;
      case "turn-started":
        this.#outcome = undefined;
        readers.progress.closed(null);
        break;
      case "turn-ended":
        this.#countedAt = Number.NEGATIVE_INFINITY;
        this.#outcome = event.outcome.kind === "finished" ? undefined : event.outcome;
        readers.progress.closed(null);
        break;
      case "tool": {
        const { tool, detail, paths } = event;
        const words = `${tool} ${detail === "" ? paths.join(" ") : detail}`;
        const key = paths.length === 0 ? words : null;
        if (event.subAgent === null) readers.progress.call({ source: "transcript", key, words });
        account.alive();
        break;
      }
      case "unknown":
        readers.misheard.add("transcript", event.raw);
        break;
      default:
        break;
    }
    transcript.tell(event);
  }

  /** Records the session's use: tokens used before this process count only if not yet counted. */
  #count({ session, before }: Followed): void {
    const { ground, worker } = this.#reading;
    const total = this.#usage;
    const now = ground.clock.monotonic();
    if (total === undefined || now - this.#countedAt < countMs) return;
    this.#usage = undefined;
    this.#countedAt = now;
    const at = { track: worker.track, worker: worker.id };
    const isKnown = findWorker(ground.store, worker.id)?.sessionId === session;
    if (!isKnown) recordWorker(ground, at, { type: "worker.session", sessionId: session });
    const known = findWorker(ground.store, worker.id)?.sessionUsage ?? before;
    const came = usageBeyond(known, total);
    if (came === undefined) return;
    recordWorker(ground, at, { type: "worker.usage", ...came.more, session: came.session });
  }
}

function isInside(file: string, folder: string): boolean {
  const path = relative(folder, file);
  return !path.startsWith("..") && !isAbsolute(path);
}
