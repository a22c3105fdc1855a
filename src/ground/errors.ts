/** The exit codes of every verb; the list is a contract (see docs/commands). */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  needsHuman: 3,
  prerequisite: 4,
  bug: 70,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export interface PleachErrorFacts {
  /** A stable code for scripts, `noun/adjective`: "worktree/dirty". */
  readonly code: string;
  /** The fact in a single line, with the names in it. */
  readonly message: string;
  /** The advice, with the command to run. */
  readonly hint: string;
  readonly exitCode: Exclude<ExitCode, 0 | 70>;
  readonly cause?: unknown;
}

/** An error the user can do something about. Everything else that is thrown is a bug (exit 70). */
export class PleachError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly exitCode: ExitCode;

  constructor(facts: PleachErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = "PleachError";
    this.code = facts.code;
    this.hint = facts.hint;
    this.exitCode = facts.exitCode;
  }
}

/** Makes a switch over a union exhaustive: a forgotten member fails to compile. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}

/** Returns the message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether an error says that the disk is full or read-only, which only a person can mend. */
export function isDiskFault(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return ["ENOSPC", "EDQUOT", "EROFS"].includes(code);
}
