import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "../../ground/clock.ts";
import { assertNever } from "../../ground/errors.ts";
import { Git } from "../../ground/git/git.ts";
import { describeEnding, type ExactEnv, run, succeeded } from "../../ground/proc/run.ts";
import { parseScript, type Step } from "./script.ts";

export interface Stage {
  readonly worktree: string;
  readonly env: ExactEnv;
  readonly clock: Clock;
  readonly say: (line: string) => void;
}

const commandTimeoutMs = 5 * 60_000;

/** Plays the script of an attempt. @throws Error when a step fails, as an agent's process would */
export async function playScript(prompt: string, attempt: number, stage: Stage): Promise<void> {
  const steps = parseScript(prompt, attempt);
  stage.say(`scripted agent, attempt ${attempt}: ${steps.length} steps`);
  for (const step of steps) await playStep(step, stage);
}

async function playStep(step: Step, stage: Stage): Promise<void> {
  switch (step.kind) {
    case "say":
      return stage.say(step.text);
    case "sleep":
      return await stage.clock.sleep(step.ms);
    case "run":
      return await runLine(step.command, stage);
    case "commit":
      return await commitAll(step.message, stage);
    case "write":
    case "append":
    case "edit":
      return changeFile(step, stage);
    default:
      return assertNever(step);
  }
}

async function runLine(command: string, stage: Stage): Promise<void> {
  stage.say(`$ ${command}`);
  const { worktree: cwd, env } = stage;
  const result = await run(["sh", "-c", command], { cwd, env, timeoutMs: commandTimeoutMs });
  const said = `${result.stdout.toString()}${result.stderr.toString()}`.trimEnd();
  if (said !== "") stage.say(said);
  if (!succeeded(result)) throw new Error(`${command}: ${describeEnding(result.ending)}`);
}

async function commitAll(message: string, stage: Stage): Promise<void> {
  const git = new Git(stage.worktree, stage.env);
  await git.text(["add", "--all"]);
  await git.text(["commit", "--quiet", "--message", message], { hooks: "user" });
  stage.say(`committed: ${message}`);
}

type FileStep = Extract<Step, { kind: "write" | "append" | "edit" }>;

function changeFile(step: FileStep, stage: Stage): void {
  const file = join(stage.worktree, step.path);
  mkdirSync(dirname(file), { recursive: true });
  if (step.kind === "write") writeFileSync(file, step.content);
  else if (step.kind === "append") appendFileSync(file, step.content);
  else writeFileSync(file, replaced(readFileSync(file, "utf8"), step));
  stage.say(`${step.kind} ${step.path}`);
}

function replaced(text: string, step: Extract<Step, { kind: "edit" }>): string {
  if (!text.includes(step.before)) {
    throw new Error(`${step.path} does not hold what is to be edited`);
  }
  return text.replace(step.before, () => step.after);
}
