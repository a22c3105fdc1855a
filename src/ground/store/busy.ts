import { join } from "node:path";
import Database from "better-sqlite3";
import { passed } from "../clock.ts";
import { ExitCode, PleachError } from "../errors.ts";

/** The patience of a process with others that have the database to themselves. */
export interface Patience {
  readonly ms: number;
  /** Called when the waiting takes longer than usual. */
  readonly say: (text: string) => void;
}

export const usualPatience: Patience = { ms: 30_000, say: () => undefined };

/** The pause between two tries, in milliseconds, where SQLite does not wait by itself. */
const pauseMs = 50;

/** Returns the code of an error of SQLite; empty for any other. */
export const codeOf = (error: unknown): string =>
  error instanceof Database.SqliteError ? error.code : "";

export const isBusy = (error: unknown): boolean => /^SQLITE_(?:BUSY|LOCKED)/.test(codeOf(error));

/**
 * Acts again and again while another process has the database: that is no failure. This process
 * does nothing else meanwhile, so the time is measured by `passed`, which counts it.
 * @throws PleachError `store/busy`
 */
export function withPatience<Result>(
  act: () => Result,
  {
    folder,
    patience: { ms, say },
    mayAgain,
  }: { readonly folder: string; readonly patience: Patience; readonly mayAgain: () => boolean },
): Result {
  const until = passed() + ms;
  for (let told = false; ; told = true) {
    try {
      return act();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (passed() > until || !mayAgain()) throw databaseBusy(folder, error);
      if (!told) say(`${messageFor(folder)}; it is waited for`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}

export function databaseBusy(folder: string, cause: unknown): PleachError {
  return new PleachError({
    code: "store/busy",
    message: messageFor(folder),
    hint: `it is let go when that process ends (lsof '${fileIn(folder)}' names it); then run the same command again`,
    exitCode: ExitCode.prerequisite,
    cause,
  });
}

const fileIn = (folder: string): string => join(folder, "state.db");

const messageFor = (folder: string): string =>
  `another process has had the database ${fileIn(folder)} to itself for a while`;
