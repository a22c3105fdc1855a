import { ExitCode } from "../../../ground/errors.ts";
import { openGround } from "../../../ground/ground.ts";
import { needsOf } from "../../../run/attention.ts";
import { formatAttention, formatNeeds } from "../../../watch/attention.ts";
import { jsonFlag, verb } from "../verb.ts";

export const attention = verb({
  args: {},
  options: { json: jsonFlag },
  details:
    "Permissions and questions of every worker, workers that are blocked, tracks that need a person and\nmessages that are stuck: one queue, the oldest first, each with what to type.",
  examples: [["pleach attention", "who waits for you"]],
  run: async ({ invocation, out }, _, { json }) => {
    const ground = await openGround(invocation);
    const needs = needsOf(ground);
    if (json) out.document(formatAttention(needs));
    else if (needs.length === 0) out.line("nobody waits for you");
    else for (const line of formatNeeds(needs, ground.clock.now(), out.roll)) out.line(line);
    return ExitCode.ok;
  },
});
