import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Agent } from "../agents/agent.ts";
import type { ExactEnv } from "../ground/proc/run.ts";
import type { Post } from "./post.ts";

/**
 * Finds out what became of letters that were given to an agent which ended before it said so: its
 * own record of the session tells. What is not in it is given again; so is, once, what nobody knows.
 */
export async function recallLetters(
  post: Post,
  agent: Pick<Agent, "records">,
  { session, env }: { readonly session: string | null; readonly env: ExactEnv },
): Promise<void> {
  const open = post.unsettled();
  if (open.length === 0) return;
  const utterances = open.map(({ utterance }) => utterance);
  const shown = await readRecord(agent, { session, env, utterances }).catch(() => undefined);
  const ids = open.map(({ id }) => id);
  if (shown === undefined) return post.inDoubt(ids, "its agent ended before anything showed");
  const arrived = open.filter(({ utterance }) => shown.has(utterance)).map(({ id }) => id);
  post.delivered(arrived, { road: "stream", evidence: "it stands in the agent's own record" });
  post.takeBack(ids.filter((id) => !arrived.includes(id)));
}

/** @returns which utterances a session has seen; undefined when there is no record to be read */
async function readRecord(
  { records }: Pick<Agent, "records">,
  {
    session,
    env,
    utterances,
  }: {
    readonly session: string | null;
    readonly env: ExactEnv;
    readonly utterances: readonly string[];
  },
): Promise<ReadonlySet<string> | undefined> {
  const folder = records?.folder(env);
  if (records === undefined || folder === undefined || session === null) return undefined;
  const names = await readdir(folder, { recursive: true });
  const file = names.find((name) => records.isOf(name, session));
  if (file === undefined) return undefined;
  const shown = new Set<string>();
  for await (const line of createInterface({ input: createReadStream(join(folder, file)) })) {
    for (const one of utterances) if (records.shows(line, one)) shown.add(one);
  }
  return shown;
}
