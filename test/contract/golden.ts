import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Agent } from "../../src/agents/agent.ts";
import { type Facts, Listener, launchRequestOf, type Played, seenIn } from "./play.ts";
import { type ScenarioName, scenario } from "./scenarios.ts";

const folder = join(import.meta.dirname, "../fixtures/streams");

/** The record of a program, besides the lines it printed. */
export interface Recorded {
  readonly version: string;
  readonly facts: Readonly<Record<string, Facts>>;
}

export const goldenFile = (agent: string, name: string): string => join(folder, agent, name);

export function readRecorded(agent: string): Recorded {
  const file = goldenFile(agent, "recorded.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { version: "", facts: {} };
}

/** Plays a scenario from the recorded output of the real program. */
export function replay(agent: Agent, name: ScenarioName): Played {
  const facts = readRecorded(agent.name).facts[name];
  if (facts === undefined) throw new Error(`${agent.name} has no recording of ${name}`);
  const place = { worktree: "/trees/auth", folder: "/state/tracks/auth", env: { HOME: "/home/u" } };
  const request = launchRequestOf(scenario(name, agent), facts.session, place);
  const listener = new Listener(agent, request, scenario(name, agent));
  listener.open(request.prompt);
  const lines = readFileSync(goldenFile(agent.name, `${name}.jsonl`), "utf8").split("\n");
  for (const line of lines) listener.hear(line);
  return { request, events: listener.events, seen: seenIn(listener.events), facts };
}
