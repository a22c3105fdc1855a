import { ExitCode, PleachError } from "../../../ground/errors.ts";
import { type Ground, openGround } from "../../../ground/ground.ts";
import { findSpeaker } from "../../../grow/find-speaker.ts";
import { takeForAnswered } from "../../../talk/inbox.ts";
import {
  formatMessage,
  human,
  type Message,
  type Sender,
  waitReason,
} from "../../../talk/message.ts";
import { awaitDelivery, type Telling, tellAll, tellHuman, tellTrack } from "../../../talk/tell.ts";
import { isLive, type Track } from "../../../track/track.ts";
import { requireTrackNamed } from "../../../verbs/own-track.ts";
import { count, flag, jsonFlag, many, required, verb } from "../verb.ts";

const defaultSeconds = 300;

export const tellVerb = verb({
  args: {
    receiver: required("receiver", "a track, `all`, or `human` (said by a worker)"),
    text: many("text", "what to say"),
  },
  options: {
    replyTo: count("--reply-to <n>", "the message this answers", { min: 1, max: 1_000_000_000 }),
    wait: flag("--wait", "wait until it is delivered"),
    limit: count("--limit <seconds>", `how long --wait waits (default: ${defaultSeconds})`, {
      min: 1,
      max: 86_400,
    }),
    json: jsonFlag,
  },
  details: `A message is stored first, and stands in the worker's inbox. It reaches an agent that works as soon as
that can take it up, else with its next turn. It is delivered when the agent shows that it has it.`,
  examples: [
    ['pleach tell auth "The schema has changed: rebase first"', "say something to one"],
    ['pleach tell all --wait "main is frozen"', "to all, and wait until each has it"],
  ],
  run: async ({ invocation, out, interruption }, args, options) => {
    const ground = await openGround(invocation);
    const text = args.text.join(" ");
    if (text.trim() === "") throw nothingSaid();
    const from = await senderOf(ground);
    const telling = { from, text, replyTo: options.replyTo ?? null };
    const stored = await send(ground, args.receiver, telling);
    if (from.kind === "human" && telling.replyTo !== null) {
      takeForAnswered(ground, telling.replyTo);
    }
    const ids = stored.map(({ id }) => id);
    const limitMs = (options.limit ?? defaultSeconds) * 1_000;
    const told = options.wait
      ? await awaitDelivery(ground, ids, { limitMs, signal: interruption() })
      : stored;
    if (options.json) out.document({ messages: told.map(formatMessage) });
    else for (const message of told) out.line(sentenceOf(message));
    const waits = told.filter(({ state }) => state === "stored" || state === "given");
    if (options.wait && waits.length > 0) {
      out.note("hint: what is stored goes on waiting; pleach inbox shows what became of it");
    }
    return options.wait ? exitCodeOf(told) : ExitCode.ok;
  },
});

/** Finds the sender: a worker is known by more than its environment, so none speaks for another. */
async function senderOf(ground: Ground): Promise<Sender> {
  const speaker = await findSpeaker(ground);
  if (speaker.kind === "worker") return { kind: "track", name: speaker.track };
  return { kind: speaker.kind === "line" ? "line" : "human" };
}

async function send(ground: Ground, receiver: string, telling: Telling) {
  if (receiver === "all") return await tellAll(ground, telling);
  if (receiver === human) return [tellHuman(ground, telling)];
  const track = await requireTrackNamed(ground, receiver);
  if (!isLive(track)) throw gone(track);
  return [await tellTrack(ground, track, telling)];
}

function gone({ name, at }: Track): PleachError {
  return new PleachError({
    code: "tell/over",
    message: `track ${name} is ${at.state}: nobody will read what is told to it`,
    hint: "pleach ls lists the tracks that grow",
    exitCode: ExitCode.failed,
  });
}

function sentenceOf(message: Message): string {
  const { id, to, state, evidence } = message;
  const why = evidence === null ? "" : ` (${evidence})`;
  const isWaiting = state === "stored" || state === "given";
  return `message ${id} to ${to}: ${isWaiting ? waitReason(message) : `${state}${why}`}`;
}

function exitCodeOf(told: readonly Message[]): ExitCode {
  if (told.some(({ state }) => state === "stuck")) return ExitCode.needsHuman;
  const isHere = told.every(({ state }) => state === "delivered" || state === "acknowledged");
  return isHere ? ExitCode.ok : ExitCode.failed;
}

function nothingSaid(): PleachError {
  return new PleachError({
    code: "tell/nothing",
    message: "there is nothing to be said",
    hint: 'pleach tell TRACK "what to say"',
    exitCode: ExitCode.usage,
  });
}
