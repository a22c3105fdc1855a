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

/** How often a file is looked at that its watch says nothing of: one `stat`. */
const lookMs = 3_000;
/** How often it is written down what came to the tokens while a turn runs. */
const countMs = 10_000;
/** How often a file is searched that is not there yet: less and less. */
const searchMs = { first: 1_000, last: 60_000 } as const;

export interface Reading {
  readonly ground: Pick<Ground, "store" | "clock">;
  readonly worker: Pick<Worker, "id" | "track">;
  readonly records: SessionRecords;
  readonly env: ExactEnv;
  /** When its process was started: what was written before tells only what had been used. */
  readonly since: EpochMs;
  readonly transcript: Pick<Transcript, "tell" | "remark">;
  readonly readers: Pick<SignalReaders, "signals" | "progress" | "misheard">;
  readonly account: Pick<AccountWatch, "alive">;
}

interface FollowedFile {
  readonly tail: RecordTail;
  /** Whether what is read of it was written before the process was started. */
  isPast: boolean;
}

/** The files of one session: its own, and those of its sub-agents. */
interface Followed {
  readonly session: string;
  readonly own: FollowedFile;
  readonly apart: Map<string, FollowedFile>;
  readonly watchers: FSWatcher[];
  reader: RecordReader;
  /** What it had used before its process was started, as far as nobody had counted it. */
  before: Usage | null;
}

/**
 * Follows what an agent's program writes down of its session: tokens, tools, messages and ends of a
 * program that has no stream. Only what is appended is read; the files are watched, and looked at now
 * and then for a watch that is deaf.
 */
export class RecordFollower {
  readonly #reading: Reading;
  readonly #over = new AbortController();
  #wanted: { readonly session: string; readonly file: string | null } | undefined;
  #followed: Followed | undefined;
  #outcome: TurnOutcome | undefined;
  /** What is not written down yet, and when something was last (monotonic). */
  #usage: Usage | undefined;
  #countedAt = Number.NEGATIVE_INFINITY;
  /** What the lines of one look come to, of itself (null) and of each sub-agent. */
  readonly #said = new Map<string | null, SignalContent>();
  #looking: Promise<void> = Promise.resolve();
  #isAsked = false;

  constructor(reading: Reading) {
    this.#reading = reading;
    void this.#watch();
  }

  /** Whether it has found the records, so that others need not tell what the agent does. */
  get isFollowing(): boolean {
    return this.#followed !== undefined;
  }

  /** How its last turn ended, when that was an error; undefined: none, or it is not over. */
  get outcome(): TurnOutcome | undefined {
    return this.#outcome;
  }

  /** @param file where it is said to be; null: it is searched */
  follow(session: string, file: string | null = null): void {
    if (this.#wanted?.session === session && (file === null || this.isFollowing)) return;
    if (this.#followed?.session !== session) this.#leave();
    this.#wanted = { session, file };
    this.#ask();
  }

  /** Reads all there is by now, and writes it down. */
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
      // A file whose name is known is only waited for.
      if (this.isFollowing) pause = lookMs;
      else if (this.#wanted?.file == null) pause = Math.min(searchMs.last, pause * 2);
      else pause = searchMs.first;
      await clock.sleep(pause, this.#over.signal);
      if (!this.#over.signal.aborted) this.#ask();
    }
  }

  /** One look at a time; of those asked for meanwhile one is enough. */
  #ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#looking = this.#looking.then(async () => {
      this.#isAsked = false;
      // What cannot be read now is read the next time: it is the least of our sources.
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
    // While it was read its program may have gone on in another session.
    if (this.#followed === followed) this.#count(followed);
  }

  async #find(): Promise<Followed | undefined> {
    const { records, env } = this.#reading;
    const folder = records.folder(env);
    const wanted = this.#wanted;
    if (folder === undefined || wanted === undefined) return undefined;
    const { session, file } = wanted;
    // What hooks say, anybody may have said: it counts only for a name that is right.
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
      // It is looked at now and then all the same.
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

  /** What came to the session: what it had used before us is not ours, unless nobody counted it. */
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
