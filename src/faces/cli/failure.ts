import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { openUserState } from "../../ground/config/user-files.ts";
import { ExitCode, isDiskFault, messageOf, PleachError } from "../../ground/errors.ts";
import { paint } from "../../ground/paper.ts";
import type { ExactEnv } from "../../ground/proc/run.ts";
import { plain } from "../../ground/text.ts";
import type { Output } from "./output.ts";

export interface FailureContext {
  readonly out: Output;
  readonly env: ExactEnv;
  /** Whether `--json` was asked for: the error is then a document on stdout as well. */
  readonly json: boolean;
  readonly args: readonly string[];
  readonly version: string;
}

/** Turns whatever was thrown into two lines and an exit code; nothing else does. */
export function reportFailure(error: unknown, context: FailureContext): ExitCode {
  const failure = error instanceof PleachError ? error : (full(error) ?? bug(error, context));
  const { out, json } = context;
  for (const line of said(paint("error:", ["bold", "red"], out.notePaper), failure.message)) {
    out.note(line);
  }
  for (const line of said(paint("hint:", "bold", out.notePaper), failure.hint)) out.note(line);
  const { code, message, hint, exitCode } = failure;
  if (json) out.document({ error: { code, message, hint, exitCode } });
  return exitCode;
}

/** A message with names of others in it cannot begin a line of its own, as a hint does. */
const said = (label: string, text: string): readonly string[] =>
  `${label} ${text}`
    .split("\n")
    .map((line, at) => (at === 0 ? line : `  ${line.replace(/^ {2}/, "")}`));

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly exitCode: ExitCode;
}

/** A disk that is full or read-only is the user's to mend, wherever it was noticed. */
function full(error: unknown): Failure | undefined {
  if (!isDiskFault(error)) return undefined;
  return {
    code: "disk/unwritable",
    message: messageOf(error),
    hint: "make room or make it writable, then run the same command again",
    exitCode: ExitCode.prerequisite,
  };
}

/**
 * The words for what went wrong where nobody waited for it (a look in the background): the process
 * goes on with what it is asked to do.
 */
export function describeMishap(
  error: unknown,
  context: Pick<FailureContext, "env" | "args" | "version">,
): string {
  const log = recordBug(error, context);
  const where = log === undefined ? "" : `; the details are in ${log}`;
  const lines = [
    ...said("error:", `something in the background failed: ${messageOf(error)}`),
    ...said("hint:", `the work goes on without it; if it comes again, please report it${where}`),
  ];
  return `${lines.map(plain).join("\n")}\n`;
}

function bug(error: unknown, context: FailureContext): Failure {
  const log = recordBug(error, context);
  return {
    code: "bug",
    message: `this is a bug in pleach: ${messageOf(error)}`,
    hint: log === undefined ? "please report it" : `please report it; the details are in ${log}`,
    exitCode: ExitCode.bug,
  };
}

/** The stack goes into a file of the user's own, not over their terminal. */
function recordBug(
  error: unknown,
  context: Pick<FailureContext, "env" | "args" | "version">,
): string | undefined {
  const { env, args, version } = context;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  try {
    const file = join(openUserState(env).folder, "bugs.log");
    const head = `pleach ${version}, node ${process.version}, ${process.platform}`;
    appendFileSync(file, `${head}\n${JSON.stringify(args)}\n${stack}\n\n`, { mode: 0o600 });
    return file;
  } catch {
    // The bug is what counts; that there is no room for its details must not hide it.
    return undefined;
  }
}
