import { ExitCode } from "../../../ground/errors.ts";
import { openGround } from "../../../ground/ground.ts";
import { plain } from "../../../ground/text.ts";
import { formatMessage, type Message, senderName } from "../../../talk/message.ts";
import { readMessages } from "../../../verbs/inbox.ts";
import type { Output } from "../output.ts";
import { jsonFlag, optional, verb } from "../verb.ts";

export const inboxVerb = verb({
  args: {
    track: optional(
      "track",
      "only the messages to this track; `human`: those to you, which are read by that",
    ),
  },
  options: { json: jsonFlag },
  details:
    "Inside a worktree: the worker's own messages, which are acknowledged by that. Else: all there are.",
  examples: [
    ["pleach inbox", "said by a worker: what others told it"],
    ["pleach inbox human", "what workers told you"],
    ["pleach inbox auth", "what was told to one track, and whether it arrived"],
  ],
  run: async ({ invocation, out }, args, { json }) => {
    const ground = await openGround(invocation);
    print(await readMessages(ground, { to: args.track }), { out, json });
    return ExitCode.ok;
  },
});

function print(
  messages: readonly Message[],
  { out, json }: { readonly out: Output; readonly json: boolean },
): void {
  if (json) out.document({ messages: messages.map(formatMessage) });
  else if (messages.length === 0) out.note("there are no messages");
  else for (const message of messages) for (const line of linesOf(message)) out.line(line);
}

function linesOf({ id, at, from, to, state, evidence, text }: Message): readonly string[] {
  const clock = new Date(at).toTimeString().slice(0, 8);
  const how = evidence === null ? "" : ` (${evidence})`;
  const head = `${id}  ${clock}  ${senderName(from)} → ${to}  ${state === "given" ? "stored" : state}${how}`;
  return [
    head,
    ...plain(text)
      .trimEnd()
      .split("\n")
      .map((line) => `    ${line}`),
  ];
}
