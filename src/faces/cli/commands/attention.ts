import { ExitCode } from "../../../ground/errors.ts";
import { openGround } from "../../../ground/ground.ts";
import { whatWaits } from "../../../verbs/what-waits.ts";
import { formatAttention, formatNeeds } from "../../../watch/attention.ts";
import { formatHolds, listHolds } from "../../../watch/holds.ts";
import { jsonFlag, verb } from "../verb.ts";

export const attentionVerb = verb({
  args: {},
  options: { json: jsonFlag },
  details: `Permissions and questions of every worker, workers that are blocked, tracks that need a person, what is
ready and lands by nobody else, messages to you and messages that are stuck: one queue, the oldest
first, each with what to type. Accounts that are held wait for nobody; they are told below.`,
  examples: [["pleach attention", "who waits for you"]],
  run: async ({ invocation, out }, _, { json }) => {
    const ground = await openGround(invocation);
    const { needs, holds, now } = await whatWaits(ground);
    if (json) out.document({ ...formatAttention(needs), holds: listHolds(holds) });
    else if (needs.length === 0) out.line("nobody waits for you");
    else for (const line of formatNeeds(needs, now, out.roll)) out.line(line);
    if (!json) for (const line of formatHolds(holds, now, out.roll)) out.line(line);
    return ExitCode.ok;
  },
});
