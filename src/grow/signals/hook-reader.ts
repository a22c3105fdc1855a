import { type FSWatcher, mkdirSync, renameSync, rmSync, statSync, watch } from "node:fs";
import type { HookEvent } from "../../agents/hooks.ts";
import { besideLauncher, type Ground } from "../../ground/ground.ts";
import type { TrackName } from "../../ground/ids.ts";
import { trackFiles } from "../../track/track-files.ts";
import type { Worker } from "../../worker/worker.ts";
import { findWorker, recordWorker } from "../../worker/worker-store.ts";
import { hookSignal } from "./hook-signal.ts";
import type { MisheardCount } from "./misheard-count.ts";
import type { ProgressWatch } from "./progress-watch.ts";
import { payloadFolder, type SignalLine, SignalReader } from "./signal-file.ts";
import type { SignalLog } from "./signal-log.ts";

/** Finds the script that agents' hooks call; it is shipped beside the launcher. */
export function hookScript({ invocation }: Pick<Ground, "invocation">): string {
  return besideLauncher(invocation, "hook.sh");
}

/**
 * Above this size, 4 MiB, a new agent starts a fresh signal file: all in the old one has been read.
 */
const longestFile = 4 * 1024 * 1024;

/**
 * Prepares the signal file and payload folder of a track's next agent; old payloads are removed.
 */
export function prepareHooks({ repo }: Pick<Ground, "repo">, track: TrackName): void {
  const { signals } = trackFiles(repo.stateDir, track);
  const size = statSync(signals, { throwIfNoEntry: false })?.size ?? 0;
  if (size > longestFile) renameSync(signals, `${signals}.1`);
  const folder = payloadFolder(signals);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

export interface Hearing {
  readonly ground: Pick<Ground, "store" | "clock" | "repo">;
  readonly worker: Pick<Worker, "id" | "track">;
  readonly signals: SignalLog;
  readonly progress: ProgressWatch;
  readonly misheard: MisheardCount;
}

/**
 * The only reader of `signals.ndjson`: lines of hooks become signals, the worker's own words a
 * report. The file is watched, not polled.
 */
export class HookReader {
  readonly #hearing: Hearing;
  readonly #reader: SignalReader;
  readonly #watcher: FSWatcher;
  readonly #listeners = new Set<(event: HookEvent) => void>();
  readonly #awaiting = new Set<() => void>();
  #session: string | undefined;

  /** Listens from now on. */
  constructor(hearing: Hearing) {
    this.#hearing = hearing;
    const file = trackFiles(hearing.ground.repo.stateDir, hearing.worker.track).signals;
    this.#reader = new SignalReader(file);
    this.#watcher = watch(file, () => this.#look());
  }

  /** Calls a listener for each hook's event, until the returned function is called. */
  on(listener: (event: HookEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Reads all that was told up to now, before the watch tells of it. */
  catchUp(): void {
    this.#look();
  }

  /** Settles when the worker has reported done or blocked; never once `over` is aborted. */
  async reported(over: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#awaiting.add(resolve);
      over.addEventListener("abort", () => this.#awaiting.delete(resolve), { once: true });
      this.#look();
    });
  }

  close(): void {
    this.#watcher.close();
    this.#look();
  }

  #look(): void {
    const { ground, worker } = this.#hearing;
    for (const line of this.#reader.read()) this.#hear(line);
    const { report = null } = findWorker(ground.store, worker.id) ?? {};
    if (report !== null) for (const resolve of this.#awaiting) resolve();
  }

  #hear(line: SignalLine): void {
    const { ground, worker, signals, progress, misheard } = this.#hearing;
    const at = { track: worker.track, worker: worker.id };
    if (line.type === "report") {
      const { kind, text } = line;
      const said = findWorker(ground.store, worker.id)?.report;
      if (said?.kind === kind && said.text === text) return;
      recordWorker(ground, at, { type: "worker.reported", kind, text });
    } else if (line.type === "hook" && line.worker === worker.id) {
      const { event } = line;
      const { session, subAgent } = event;
      if (session !== null && subAgent === null && session !== this.#session) {
        this.#session = session;
        recordWorker(ground, at, { type: "worker.session", sessionId: session });
      }
      const said = hookSignal(event);
      if (said !== undefined) signals.tell(said);
      if (event.kind === "tool" && event.moment === "before") {
        const { tool, input, detail } = event;
        progress.call({ source: "hook", key: `${tool} ${input}`, words: `${tool} ${detail}` });
      }
      if (event.kind === "unknown") misheard.add("hook", event.name);
      for (const listener of this.#listeners) listener(event);
    } else if (line.type === "noise") {
      misheard.add("hook", line.raw);
    }
  }
}
