import { ExitCode, PleachError } from "../errors.ts";
import { describeEnding, type ExactEnv, type RunResult, run, succeeded } from "../proc/run.ts";

export interface GitOptions {
  readonly input?: string | Uint8Array;
  /** Variables for this call only, for example `GIT_INDEX_FILE`. */
  readonly env?: ExactEnv;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Variables by which a caller's git (a hook, `git rebase -x`) would redirect ours. */
export const redirecting: readonly string[] = [
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_CEILING_DIRECTORIES",
  "GIT_COMMON_DIR",
  "GIT_CONFIG",
  "GIT_CONFIG_COUNT",
  "GIT_CONFIG_PARAMETERS",
  "GIT_DIR",
  "GIT_EDITOR",
  "GIT_EXEC_PATH",
  "GIT_GRAFT_FILE",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_INTERNAL_SUPER_PREFIX",
  "GIT_NAMESPACE",
  "GIT_NO_REPLACE_OBJECTS",
  "GIT_OBJECT_DIRECTORY",
  "GIT_PREFIX",
  "GIT_QUARANTINE_PATH",
  "GIT_REFLOG_ACTION",
  "GIT_REPLACE_REF_BASE",
  "GIT_SEQUENCE_EDITOR",
  "GIT_SHALLOW_FILE",
  "GIT_WORK_TREE",
];

/** What is fixed for each call: names unquoted, nothing in the background, nobody asked. */
const fixed = ["-c", "core.quotePath=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false"];

const defaultTimeoutMs = 120_000;

/** An environment without the variables by which a caller's git would redirect one below it. */
export function withoutRedirection(env: ExactEnv): ExactEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !redirecting.includes(name)));
}

/** The environment in which git runs: the caller's, without what would redirect or prompt. */
export function gitEnv(env: ExactEnv): ExactEnv {
  return {
    ...withoutRedirection(env),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_EDITOR: "false",
    GIT_SEQUENCE_EDITOR: "false",
    GIT_MERGE_AUTOEDIT: "no",
    GIT_PAGER: "cat",
  };
}

/** Git in one folder: the only door to git in the program. */
export class Git {
  readonly cwd: string;
  readonly #env: ExactEnv;

  constructor(cwd: string, env: ExactEnv) {
    this.cwd = cwd;
    this.#env = env;
  }

  /** The same git elsewhere, usually in a worktree. */
  at(cwd: string): Git {
    return new Git(cwd, this.#env);
  }

  /** Runs git and gives back how it ended; the exit code is data. */
  async run(args: readonly string[], options: GitOptions = {}): Promise<RunResult> {
    return await run(["git", ...fixed, ...args], {
      cwd: this.cwd,
      env: { ...gitEnv(this.#env), ...options.env },
      timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  }

  /**
   * Runs git for its output, without the final newline.
   * @throws PleachError `git/failed` when it did not exit with 0
   */
  async text(args: readonly string[], options: GitOptions = {}): Promise<string> {
    return (await this.bytes(args, options)).toString().replace(/\n$/, "");
  }

  /** The output, byte for byte. @throws PleachError `git/failed` */
  async bytes(args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
    const result = await this.run(args, options);
    if (!succeeded(result)) throw gitFailed(this.cwd, args, result);
    return result.stdout;
  }

  /** The NUL-separated fields of the output (`-z`). */
  async fields(args: readonly string[], options: GitOptions = {}): Promise<readonly string[]> {
    const text = await this.text(args, options);
    return text === "" ? [] : text.replace(/\0$/, "").split("\0");
  }

  /** Whether git said 0 (true) or 1 (false); anything else is an error, never a "no". */
  async holds(args: readonly string[], options: GitOptions = {}): Promise<boolean> {
    const result = await this.run(args, options);
    if (succeeded(result)) return true;
    if (result.ending.kind === "exited" && result.ending.code === 1) return false;
    throw gitFailed(this.cwd, args, result);
  }
}

/** The error for a git call that had to work. */
export function gitFailed(cwd: string, args: readonly string[], result: RunResult): PleachError {
  const said = result.stderr.toString().trim().split("\n").slice(-3).join("; ");
  const how = describeEnding(result.ending);
  const verb = args.find((arg, at) => !arg.startsWith("-") && args[at - 1] !== "-c") ?? "";
  return new PleachError({
    code: "git/failed",
    message: `git ${verb} failed in ${cwd} (${how})${said === "" ? "" : `: ${said}`}`,
    hint: `to see it whole: git -C '${cwd}' ${args.slice(0, 6).join(" ")}`,
    exitCode: ExitCode.failed,
  });
}
