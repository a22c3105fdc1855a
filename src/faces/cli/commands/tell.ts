import { ExitCode } from "../../../ground/errors.ts";
import { openGround } from "../../../ground/ground.ts";
import { formatMessage, type Message, waitReason } from "../../../talk/message.ts";
import { tellReceiver } from "../../../verbs/tell.ts";
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
    const wait = { limitMs: (options.limit ?? defaultSeconds) * 1_000, signal: interruption };
    const told = await tellReceiver(ground, {
      ...{ receiver: args.receiver, text: args.text.join(" "), replyTo: options.replyTo ?? null },
      wait: options.wait ? wait : undefined,
    });
    if (options.json) out.document({ messages: told.map(formatMessage) });
    else for (const message of told) out.line(sentenceOf(message));
    const waits = told.filter(({ state }) => state === "stored" || state === "given");
    if (options.wait && waits.length > 0) {
      out.note("hint: what is stored goes on waiting; pleach inbox shows what became of it");
    }
    return options.wait ? exitCodeOf(told) : ExitCode.ok;
  },
});

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
