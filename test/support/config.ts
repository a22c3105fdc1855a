import { dirname, join } from "node:path";
import type { AgentConfig, Config } from "../../src/ground/config/config.ts";
import { asBranchName } from "../../src/ground/ids.ts";

export interface ConfigChanges {
  readonly worktrees?: Partial<Config["worktrees"]>;
  readonly land?: Partial<Config["land"]>;
  readonly agents?: readonly AgentConfig[];
  readonly agent?: string;
  readonly soft?: Config["soft"];
  readonly hooksMs?: number;
}

/** Builds an agent's section with every default, but for the changes. */
export function agentConfig(name: string, changes: Partial<AgentConfig> = {}): AgentConfig {
  return {
    name,
    command: undefined,
    mode: "stream",
    doneAfterMs: undefined,
    permissions: "edits",
    model: undefined,
    commit: undefined,
    ...changes,
  };
}

const noBudget = { tokens: undefined, costUsd: undefined, ms: undefined, turns: undefined };

/**
 * Builds a whole configuration for a repository, with trees beside it and no gate, but for the
 * changes.
 */
export function testConfig(repoTop: string, changes: ConfigChanges = {}): Config {
  return {
    tasks: "TASKS.md",
    target: asBranchName("main"),
    workers: 2,
    agent: changes.agent ?? "fixture",
    host: "auto",
    soft: changes.soft ?? [],
    worktrees: {
      root: join(dirname(repoTop), "repo.trees"),
      copy: [],
      clone: [],
      setup: [],
      setupInputs: [],
      teardown: [],
      setupTimeoutMs: 60_000,
      ports: 10,
      keepMs: 7 * 24 * 3_600_000,
      ...changes.worktrees,
    },
    land: {
      gate: [],
      guard: [],
      review: "none",
      tries: 2,
      base: "must-be-green",
      strategy: "rebase",
      refresh: "tell",
      parallel: 2,
      timeoutMs: 60_000,
      ...changes.land,
    },
    hooks: { timeoutMs: changes.hooksMs ?? 60_000 },
    watch: { stallMs: null },
    radar: { action: "tell" },
    budget: { warnAt: 0.8, worker: noBudget, run: noBudget },
    holds: { probeMs: 60_000, probeMaxMs: 3_600_000, staggerMs: 15_000 },
    agents: new Map((changes.agents ?? []).map((agent) => [agent.name, agent])),
    source: { kind: "defaults" },
  };
}
