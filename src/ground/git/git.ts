import { ExitCode, PleachError } from "../errors.ts";
import { describeEnding, type ExactEnv, type RunResult, run, succeeded } from "../proc/run.ts";
import { runWhole } from "../proc/run-whole.ts";
import { decoded, encoded, hasOddBytes, plainLine } from "../text.ts";
import { gitDirOf } from "./git-dir.ts";
import type { Placement, Placements } from "./placement.ts";
import { gitEnv, type Hooks } from "./settings.ts";

export interface GitOptions {
  readonly input?: string | Uint8Array;
  /** Variables for this call only, for example `GIT_INDEX_FILE`. */
  readonly env?: ExactEnv;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /**
   * The owner of the hooks that may run in this call; none by default. The user's hooks are the
   * user's programs: they get a time limit of their own, and what they started ends with a call
   * that is cut off.
   */
  readonly hooks?: Hooks;
  /** Whether hooks find the terminal we run in; in a worker that is the terminal of its agent. */
  readonly terminal?: "ours" | "none";
}

const defaultTimeoutMs = 120_000;
/** The default of `hooks.timeout`, for calls without a configuration. */
const hooksTimeoutMs = 900_000;

/** The settings of a `Git` besides its folder and its environment. */
interface Setup {
  /** The worktrees git is led to; without them git looks around its folder. */
  readonly placements?: Placements;
  /** The caller's own index for a single folder, which nothing else writes. */
  readonly ownIndex?: { readonly folder: string; readonly file: string };
}

/**
 * Git in a single folder: the only door to git in the program. Looking starts no program that lies
 * in a worktree or in a repository's configuration, and a person's own settings change no answer
 * (settings.ts). In a worktree, git is led to the registered git directory (placement.ts).
 */
export class Git {
  readonly cwd: string;
  readonly #env: ExactEnv;
  readonly #setup: Setup;

  constructor(cwd: string, env: ExactEnv, setup: Setup = {}) {
    this.cwd = cwd;
    this.#env = env;
    this.#setup = setup;
  }

  /** Returns the same git in another folder, usually a worktree. */
  at(cwd: string): Git {
    return new Git(cwd, this.#env, this.#setup);
  }

  /** Returns the same git with another environment around it. */
  under(env: ExactEnv): Git {
    return new Git(this.cwd, env, this.#setup);
  }

  /** Returns the same git, with the caller's own index in a single folder. */
  withOwnIndex(folder: string, file: string): Git {
    return new Git(this.cwd, this.#env, { ...this.#setup, ownIndex: { folder, file } });
  }

  /** The folder in which git keeps HEAD, the index and the operation under way. */
  get gitDir(): string {
    const placement = this.#placement;
    return placement.kind === "led" ? placement.gitDir : gitDirOf(this.cwd);
  }

  /**
   * Whether the `.git` in the folder is as git put it there, so that other programs are led alike.
   */
  get isLinked(): boolean {
    const placement = this.#placement;
    return placement.kind !== "led" || placement.links;
  }

  /**
   * Runs git and returns how it ended; the exit code is data.
   * @throws PleachError `git/failed` when not all of its output was read: such an output is no
   * answer
   */
  async run(args: readonly string[], options: GitOptions = {}): Promise<RunResult> {
    // The system gets arguments and folders as UTF-8: any other name would change on the way.
    const odd = [...args, this.cwd].find(hasOddBytes);
    if (odd !== undefined) return refusal(`${plainLine(odd)} is not UTF-8: git cannot be given it`);
    const hooks = options.hooks ?? "none";
    const place = options.env?.["GIT_DIR"] === undefined ? this.#lead(hooks) : {};
    if (place === undefined) {
      return refusal(`${this.cwd} is not a worktree of this repository as git registered it`);
    }
    const usual = hooks === "user" ? hooksTimeoutMs : defaultTimeoutMs;
    const runOptions = {
      cwd: this.cwd,
      env: { ...gitEnv(this.#env, hooks), ...place, ...options.env },
      timeoutMs: options.timeoutMs ?? usual,
      ...(options.input === undefined ? {} : { input: bytesOf(options.input) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.terminal === "none" ? { isApart: true } : {}),
    };
    const start = hooks === "user" ? runWhole : run;
    const result = await start(["git", ...args], runOptions);
    if (result.ending.kind === "unread") throw gitFailed(this.cwd, args, result);
    return result;
  }

  /**
   * Returns the output without the final newline; undefined when git exited with 1: there is none.
   * Any other ending, also of a git that was ended, is an error, never a "no".
   */
  async find(args: readonly string[], options: GitOptions = {}): Promise<string | undefined> {
    const result = await this.run(args, options);
    if (succeeded(result)) return decoded(result.stdout).replace(/\n$/, "");
    if (result.ending.kind === "exited" && result.ending.code === 1) return undefined;
    throw gitFailed(this.cwd, args, result);
  }

  /**
   * Runs git for its output, without the final newline. Bytes that are no UTF-8 survive: as input
   * to git, and through `ground/tree-file.ts`, the text means the same bytes again.
   * @throws PleachError `git/failed` when git did not exit with 0
   */
  async text(args: readonly string[], options: GitOptions = {}): Promise<string> {
    return decoded(await this.bytes(args, options)).replace(/\n$/, "");
  }

  /** Returns the output, byte for byte. @throws PleachError `git/failed` */
  async bytes(args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
    const result = await this.run(args, options);
    if (!succeeded(result)) throw gitFailed(this.cwd, args, result);
    return result.stdout;
  }

  /** Returns the NUL-separated fields of the output (`-z`). */
  async fields(args: readonly string[], options: GitOptions = {}): Promise<readonly string[]> {
    const text = await this.text(args, options);
    return text === "" ? [] : text.replace(/\0$/, "").split("\0");
  }

  /** Whether git exited with 0 (true) or 1 (false); any other ending is an error, never a "no". */
  async holds(args: readonly string[], options: GitOptions = {}): Promise<boolean> {
    const result = await this.run(args, options);
    if (succeeded(result)) return true;
    if (result.ending.kind === "exited" && result.ending.code === 1) return false;
    throw gitFailed(this.cwd, args, result);
  }

  get #placement(): Placement {
    return this.#setup.placements?.of(this.cwd) ?? { kind: "looking" };
  }

  /** Returns the variables that lead git to its worktree; undefined where git must not go. */
  #lead(hooks: Hooks): ExactEnv | undefined {
    const placement = this.#placement;
    switch (placement.kind) {
      case "looking":
        return {};
      case "stranger":
        return undefined;
      case "led": {
        const { ownIndex } = this.#setup;
        // A hook inherits the variables that lead git, and may have business in another repository.
        if (hooks === "user") return placement.links ? {} : undefined;
        const own = ownIndex?.folder === this.cwd ? { GIT_INDEX_FILE: ownIndex.file } : {};
        return { ...placement.env, ...own };
      }
    }
  }
}

function refusal(why: string): RunResult {
  const ending = { kind: "exited", code: 128 } as const;
  return { ending, stdout: Buffer.alloc(0), stderr: Buffer.from(`fatal: ${why}\n`) };
}

const bytesOf = (input: string | Uint8Array): Uint8Array =>
  typeof input === "string" ? encoded(input) : input;

/** Makes the error for a git call that had to work. */
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
