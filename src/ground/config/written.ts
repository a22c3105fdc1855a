import { z } from "zod";
import { strategies } from "./config.ts";
import { durationPattern } from "./duration.ts";

/*
 * The shape of `pleach.toml` as a person writes it. Every key is optional and no default is filled
 * in; the program works with the types of `config.ts`. The JSON Schema in docs/schema is made from
 * this.
 */

const shellLine = z.string().regex(/\S/, "a non-empty shell line");

const duration = z.string().regex(durationPattern, "a duration such as 90s, 10m, 2h or 7d");

/** A path relative to the top of the checkout, with `/`, and inside it. */
const pathInside = z
  .string()
  .regex(
    /^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\0]+$/,
    "a path inside the repository, relative to its top",
  );

const pattern = z
  .string()
  .regex(/^(?!\/)[^\0]+$/, "a path or glob relative to the top of the repository");

const softPolicy = z
  .string()
  .regex(/\S/, '"driver", "union" or a shell line that regenerates the file');

const gateStep = z.strictObject({
  name: z.string().regex(/^[^\s\x00-\x1f][^\x00-\x1f]*$/, "a name on one line"),
  command: shellLine,
});

const worktrees = z.strictObject({
  root: z
    .string()
    .min(1)
    .optional()
    .describe("Where worktrees are made; {repo} is the repository's name"),
  copy: z
    .array(pattern)
    .optional()
    .describe("Ignored files copied into each worktree, besides .worktreeinclude"),
  clone: z
    .array(pattern)
    .optional()
    .describe("Folders cloned into each worktree (reflink where possible)"),
  setup: z
    .array(shellLine)
    .optional()
    .describe("Shell lines run in each new worktree before the agent starts"),
  setup_inputs: z
    .array(pattern)
    .optional()
    .describe("Files that make setup run again when they change"),
  teardown: z.array(shellLine).optional().describe("Shell lines run before a worktree is removed"),
  setup_timeout: duration.optional(),
  ports: z.int().min(0).max(1_000).optional().describe("How many ports each track gets"),
  keep: duration.optional().describe("How long dropped folders stay"),
});

const land = z.strictObject({
  gate: z
    .union([shellLine, z.array(gateStep).min(1)])
    .optional()
    .describe("What must pass before anything lands: a shell line, or named steps"),
  guard: z
    .array(pattern)
    .optional()
    .describe(
      "A landing that changes these waits for a human: globs of paths, and parts of files (package.json#scripts, pyproject.toml#tool.pytest, Makefile#test). Without it: pleach.toml and .github/**; `pleach init` writes what the gate reads. A change of what the gate reads is said in any case.",
    ),
  review: z.enum(["none", "human"]).optional(),
  tries: z
    .int()
    .min(0)
    .max(20)
    .optional()
    .describe("How often a landing is handed back to its worker"),
  parallel: z.int().min(1).max(16).optional().describe("How many gates run at once"),
  timeout: duration.optional().describe("The time limit of each gate step"),
  base: z
    .enum(["must-be-green", "new-failures"])
    .optional()
    .describe(
      "While the gate is red on the target itself: must-be-green grows nothing and lands only what is green; new-failures blocks only what fails there and not on the target (by the names of tests, where the runner tells them), and what is gone from the target once may never fail again",
    ),
  strategy: z
    .enum(strategies)
    .optional()
    .describe("How commits get onto the target; `--strategy` says it for one landing"),
  refresh: z
    .enum(["tell", "rebase", "off"])
    .optional()
    .describe(
      "What becomes of tracks that a landing made stale: they are told; rebase also brings them onto the target while nobody works on them and they are clean",
    ),
});

const radar = z.strictObject({
  action: z
    .enum(["tell", "hold-later", "off"])
    .optional()
    .describe(
      "When tracks come to conflict `run` tells both; hold-later also lets the later one begin a turn, land, or go on after a hand-back, only when the earlier has landed",
    ),
});

const holds = z.strictObject({
  probe: duration
    .optional()
    .describe("Before the first try of a held account that named no time; doubles each time"),
  probe_max: duration.optional().describe("The longest time between two tries"),
  stagger: duration
    .optional()
    .describe("Past the time at which an account reopens, and between those that then go on"),
});

const spending = z.strictObject({
  tokens: z.int().min(1).optional().describe("In and out, those read from a cache included"),
  cost: z.number().positive().optional().describe("In US dollars, as far as agents tell it"),
  time: duration.optional().describe("By the clock; for a worker while it is at work"),
  turns: z.int().min(1).optional().describe("Prompts, reminders and fresh sessions"),
});

const budget = z.strictObject({
  warn_at: z.int().min(1).max(100).optional().describe("Percent of a budget at which you are told"),
  worker: spending.optional().describe("All workers of one track, until you say go on"),
  run: spending.optional().describe("One `pleach run`"),
});

const hooks = z.strictObject({
  timeout: duration
    .optional()
    .describe("The time limit of a commit or push in which your git hooks run; 15m without it"),
});

const watch = z.strictObject({
  stall: z
    .union([duration, z.literal("off")])
    .optional()
    .describe("After how long without a tool call, a commit or a changed file a person is asked"),
});

const agent = z.strictObject({
  mode: z
    .enum(["stream", "terminal"])
    .optional()
    .describe("By its structured output, or in a terminal of its own that one can attach to"),
  done_after: duration
    .optional()
    .describe("How long a terminal stays quiet before the end of its turn counts as being done"),
  permissions: z.enum(["ask", "edits", "bypass"]).optional(),
  model: z
    .string()
    .regex(/^[^-\s\x00-\x1f][^\s\x00-\x1f]*$/, "the name of a model")
    .optional()
    .describe("The model, for agents with an adapter; else the program's own default"),
  command: z
    .array(z.string())
    .min(1)
    .optional()
    .describe("The argv; {prompt}, {prompt_file}, {track} and {worktree} are replaced"),
  commit: z
    .enum(["agent", "pleach"])
    .optional()
    .describe("Who commits: the agent itself, or its supervisor when the agent has ended"),
});

export const writtenConfigSchema = z
  .strictObject({
    tasks: pathInside.optional().describe("The backlog"),
    target: z
      .string()
      .regex(/^(?![-/.])[^\s\x00-\x1f~^:?*[\\]+$/, "the name of a local branch")
      .optional()
      .describe("The branch work lands on"),
    workers: z.int().min(1).max(64).optional().describe("How many agents grow at once"),
    agent: z.string().min(1).optional().describe("The agent for tasks that name none"),
    host: z
      .enum(["auto", "headless", "tmux"])
      .optional()
      .describe("Where workers run; auto: in tmux in mode terminal, where it is there"),
    soft: z
      .record(z.string(), softPolicy)
      .optional()
      .describe("Shared paths that may be touched side by side, each with its policy"),
    worktrees: worktrees.optional(),
    land: land.optional(),
    radar: radar.optional(),
    budget: budget.optional().describe("What may be used up before no new turn begins"),
    hooks: hooks.optional(),
    watch: watch.optional(),
    holds: holds.optional().describe("How accounts that reached a limit are tried again"),
    agents: z
      .record(
        z.string().regex(/^[a-z0-9][a-z0-9_-]*$/, "an agent's name: a-z, 0-9, - and _"),
        agent,
      )
      .optional(),
  })
  .describe("pleach.toml");

export type WrittenConfig = z.infer<typeof writtenConfigSchema>;

/** Lists the keys that exist at a place; `[]` for the places where any key is allowed. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const [table, name, index] = path;
  if (table === undefined) return Object.keys(writtenConfigSchema.shape);
  if (table === "worktrees" && path.length === 1) return Object.keys(worktrees.shape);
  if (table === "land" && path.length === 1) return Object.keys(land.shape);
  if (table === "watch" && path.length === 1) return Object.keys(watch.shape);
  if (table === "hooks" && path.length === 1) return Object.keys(hooks.shape);
  if (table === "radar" && path.length === 1) return Object.keys(radar.shape);
  if (table === "budget" && path.length === 1) return Object.keys(budget.shape);
  if (table === "budget" && name !== "warn_at") return Object.keys(spending.shape);
  if (table === "holds" && path.length === 1) return Object.keys(holds.shape);
  if (table === "land" && name === "gate" && index !== undefined)
    return Object.keys(gateStep.shape);
  if (table === "agents" && path.length === 2) return Object.keys(agent.shape);
  return [];
}
