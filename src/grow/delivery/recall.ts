import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Agent } from "../../agents/agent.ts";
import type { ExactEnv } from "../../ground/proc/run.ts";
import type { HookQueue } from "./hook-queue.ts";
import type { MessageStore, RoadName, UnsettledMessage } from "./message-store-port.ts";

/**
 * Finds out the fate of letters given to an agent that ended before it confirmed them: its own
 * record of the session tells. Letters missing there are given again; if there is no record, once.
 */
export async function recallMessages(
  messages: MessageStore,
  agent: Pick<Agent, "records">,
  {
    session,
    env,
    hookQueue,
    road,
  }: {
    readonly session: string | null;
    readonly env: ExactEnv;
    readonly hookQueue: HookQueue;
    /** The road by which a letter came that no hook had claimed. */
    readonly road: RoadName;
  },
): Promise<void> {
  const { unclaimed, claimed } = hookQueue.clear();
  const idsOf = (all: readonly UnsettledMessage[], isOne: (utterance: string) => boolean) =>
    all.filter(({ utterance }) => isOne(utterance)).map(({ id }) => id);
  // A letter that no hook had claimed has surely not arrived.
  messages.takeBack(idsOf(messages.unsettled(), (one) => unclaimed.has(one)));
  const open = messages.unsettled();
  if (open.length === 0) return;
  const utterances = open.map(({ utterance }) => utterance);
  const shown = await readRecord(agent, { session, env, utterances }).catch(() => undefined);
  const ids = open.map(({ id }) => id);
  if (shown === undefined) return messages.inDoubt(ids, "its agent ended before anything showed");
  const evidence = "it stands in the agent's own record";
  const byHook = (one: string): boolean => claimed.has(one);
  const arrived = open.filter(({ utterance }) => shown.has(utterance));
  messages.delivered(idsOf(arrived, byHook), { road: "hook", evidence });
  messages.delivered(
    idsOf(arrived, (one) => !byHook(one)),
    { road, evidence },
  );
  messages.takeBack(idsOf(open, (one) => !shown.has(one)));
}

/**
 * Searches a session's record for utterances.
 * @returns the utterances it shows; undefined when there is no record to be read
 */
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
