import { isAbsolute, join, resolve } from "node:path";
import { asBranchName, type BranchName } from "../ids.ts";
import type {
  AgentConfig,
  Budget,
  Config,
  ConfigSource,
  GateStep,
  SoftPath,
  SoftPolicy,
} from "./config.ts";
import { parseDuration } from "./duration.ts";
import type { WrittenConfig } from "./written.ts";

export interface FillContext {
  readonly target: BranchName;
  readonly source: ConfigSource;
  /** The top of the main checkout, and its name for `{repo}`. */
  readonly mainTop: string;
  readonly repoName: string;
  readonly home: string;
}

/** Fills in every default of a configuration; the project's keys win over the user's. Pure. */
export function fillConfig(
  project: WrittenConfig,
  user: WrittenConfig,
  context: FillContext,
): Config {
  const written = { ...user, ...project };
  const worktrees = { ...user.worktrees, ...project.worktrees };
  const land = { ...user.land, ...project.land };
  const holds = { ...user.holds, ...project.holds };
  const agents = agentsOf(user.agents ?? {}, project.agents ?? {});
  const tasks = written.tasks ?? "TASKS.md";
  return {
    tasks,
    target: asBranchName(project.target ?? context.target),
    workers: written.workers ?? 3,
    agent: written.agent ?? onlyKey(agents),
    host: written.host ?? "auto",
    soft: softPaths({ [tasks]: "driver", ...user.soft, ...project.soft }),
    worktrees: {
      root: rootPath(worktrees.root ?? "../{repo}.trees", context),
      copy: worktrees.copy ?? [],
      clone: worktrees.clone ?? [],
      setup: worktrees.setup ?? [],
      setupInputs: worktrees.setup_inputs ?? [],
      teardown: worktrees.teardown ?? [],
      setupTimeoutMs: milliseconds(worktrees.setup_timeout ?? "10m"),
      ports: worktrees.ports ?? 10,
      keepMs: milliseconds(worktrees.keep ?? "7d"),
    },
    land: {
      gate: gateSteps(land.gate),
      guard: land.guard ?? [".github/**", "pleach.toml"],
      review: land.review ?? "none",
      tries: land.tries ?? 2,
      parallel: land.parallel ?? 2,
      timeoutMs: milliseconds(land.timeout ?? "15m"),
      base: land.base ?? "must-be-green",
      strategy: land.strategy ?? "rebase",
      refresh: land.refresh ?? "tell",
    },
    hooks: {
      timeoutMs: milliseconds(project.hooks?.timeout ?? user.hooks?.timeout ?? "15m"),
    },
    watch: { stallMs: stallMs(project.watch?.stall ?? user.watch?.stall ?? "10m") },
    radar: { action: project.radar?.action ?? user.radar?.action ?? "tell" },
    holds: {
      probeMs: milliseconds(holds.probe ?? "1m"),
      probeMaxMs: milliseconds(holds.probe_max ?? "1h"),
      staggerMs: milliseconds(holds.stagger ?? "15s"),
    },
    budget: {
      warnAt: (project.budget?.warn_at ?? user.budget?.warn_at ?? 80) / 100,
      worker: budgetOf({ ...user.budget?.worker, ...project.budget?.worker }),
      run: budgetOf({ ...user.budget?.run, ...project.budget?.run }),
    },
    agents,
    source: context.source,
  };
}

type WrittenBudget = NonNullable<NonNullable<WrittenConfig["budget"]>["worker"]>;

function budgetOf({ tokens, cost, time, turns }: WrittenBudget): Budget {
  return { tokens, costUsd: cost, ms: time === undefined ? undefined : milliseconds(time), turns };
}

type WrittenAgents = NonNullable<WrittenConfig["agents"]>;

function agentsOf(user: WrittenAgents, project: WrittenAgents): ReadonlyMap<string, AgentConfig> {
  const names = new Set([...Object.keys(user), ...Object.keys(project)]);
  return new Map(
    [...names].map((name) => {
      const written = { ...user[name], ...project[name] };
      const [program, ...args] = written.command ?? [];
      const agent: AgentConfig = {
        name,
        command: program === undefined ? undefined : [program, ...args],
        mode: written.mode ?? "stream",
        doneAfterMs:
          written.done_after === undefined ? undefined : milliseconds(written.done_after),
        permissions: written.permissions ?? "ask",
        model: written.model,
        commit: written.commit,
      };
      return [name, agent];
    }),
  );
}

function onlyKey(agents: ReadonlyMap<string, AgentConfig>): string | undefined {
  return agents.size === 1 ? [...agents.keys()][0] : undefined;
}

function softPaths(written: Readonly<Record<string, string>>): readonly SoftPath[] {
  return Object.entries(written).map(([pattern, text]) => ({ pattern, policy: softPolicy(text) }));
}

function softPolicy(text: string): SoftPolicy {
  if (text === "driver" || text === "union") return { kind: text };
  return { kind: "regenerate", command: text };
}

function gateSteps(gate: NonNullable<WrittenConfig["land"]>["gate"]): readonly GateStep[] {
  if (gate === undefined) return [];
  return typeof gate === "string" ? [{ name: "gate", command: gate }] : gate;
}

function rootPath(written: string, context: FillContext): string {
  const path = written.replaceAll("{repo}", context.repoName).replace(/^~(?=\/|$)/, context.home);
  return isAbsolute(path) ? join(path) : resolve(context.mainTop, path);
}

const stallMs = (text: string): number | null => (text === "off" ? null : milliseconds(text));

function milliseconds(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error(`the schema let through a bad duration: ${text}`);
  return ms;
}
