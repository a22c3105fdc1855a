import type { BranchName } from "../ids.ts";

/** The treatment of a shared path that several tracks may touch side by side. */
export type SoftPolicy =
  /** The additive merge driver of the task file. */
  | { readonly kind: "driver" }
  /** Git's own `union` merge. */
  | { readonly kind: "union" }
  /** A shell line with which the landing regenerates the path before the gate. */
  | { readonly kind: "regenerate"; readonly command: string };

/** The ways in which commits get onto the target. */
export const strategies = ["rebase", "squash", "merge"] as const;

export interface SoftPath {
  readonly pattern: string;
  readonly policy: SoftPolicy;
}

/** A named part of the gate; a shell line, because the user wrote it as a shell line. */
export interface GateStep {
  readonly name: string;
  readonly command: string;
}

export interface AgentConfig {
  readonly name: string;
  /** The argv, with placeholders, of an agent that is a plain command; else undefined. */
  readonly command: readonly [string, ...string[]] | undefined;
  readonly mode: "stream" | "terminal";
  /**
   * How long a terminal stays quiet before the end of its turn counts as being done; undefined: the
   * usual time.
   */
  readonly doneAfterMs: number | undefined;
  readonly permissions: "ask" | "edits" | "bypass";
  /** The model; undefined: the program's own default. */
  readonly model: string | undefined;
  /** The committer of the agent's work; undefined: as its adapter says. */
  readonly commit: "agent" | "pleach" | undefined;
}

/** The limits of use; undefined: no limit. */
export interface Budget {
  readonly tokens: number | undefined;
  readonly costUsd: number | undefined;
  readonly ms: number | undefined;
  readonly turns: number | undefined;
}

/** The origin of the configuration; verbs mention it when it is not the expected origin. */
export type ConfigSource =
  /** The tip of the target. `edited`: the main checkout has another version, which does not count. */
  | { readonly kind: "committed"; readonly branch: BranchName; readonly edited: boolean }
  /**
   * A file that was never committed: the main checkout's own file counts until there is a commit.
   */
  | { readonly kind: "uncommitted"; readonly path: string }
  | { readonly kind: "defaults" };

/** The configuration with every default filled in; durations in milliseconds. */
export interface Config {
  /** The path of the backlog, relative to the top of a checkout. */
  readonly tasks: string;
  readonly target: BranchName;
  readonly workers: number;
  /** The agent for tasks that name none; undefined when none is set and none was found. */
  readonly agent: string | undefined;
  readonly host: "auto" | "headless" | "tmux";
  readonly soft: readonly SoftPath[];
  readonly worktrees: {
    /** The absolute path of the folder in which worktrees are made. */
    readonly root: string;
    readonly copy: readonly string[];
    readonly clone: readonly string[];
    readonly setup: readonly string[];
    readonly setupInputs: readonly string[];
    readonly teardown: readonly string[];
    readonly setupTimeoutMs: number;
    readonly ports: number;
    readonly keepMs: number;
  };
  readonly land: {
    /** The steps of the gate; empty when no gate is configured. */
    readonly gate: readonly GateStep[];
    /** Globs of paths that only a person may let in, and parts of files: `package.json#scripts`. */
    readonly guard: readonly string[];
    readonly review: "none" | "human";
    readonly tries: number;
    /** The number of gates that run at once. */
    readonly parallel: number;
    readonly timeoutMs: number;
    /** Whether a failure that the target itself has may also occur in a landing. */
    readonly base: "must-be-green" | "new-failures";
    /** The way commits get onto the target, unless a landing is told otherwise. */
    readonly strategy: (typeof strategies)[number];
    /** The treatment of live tracks that a landing made stale. */
    readonly refresh: "tell" | "rebase" | "off";
  };
  readonly hooks: {
    /** The time limit of git calls in which the user's hooks run: commits and pushes. */
    readonly timeoutMs: number;
  };
  readonly watch: {
    /** The time without progress after which a worker is suspected; null: never. */
    readonly stallMs: number | null;
  };
  readonly radar: {
    /** The consequence when growing tracks come to conflict. */
    readonly action: "tell" | "hold-later" | "off";
  };
  readonly holds: {
    /**
     * The wait before the first try of a held account that named no time; doubles with each try, up
     * to `probeMaxMs`.
     */
    readonly probeMs: number;
    readonly probeMaxMs: number;
    readonly staggerMs: number;
  };
  readonly budget: {
    /** The share of a budget at which a person is told, 0 to 1. */
    readonly warnAt: number;
    readonly worker: Budget;
    readonly run: Budget;
  };
  readonly agents: ReadonlyMap<string, AgentConfig>;
  readonly source: ConfigSource;
}
