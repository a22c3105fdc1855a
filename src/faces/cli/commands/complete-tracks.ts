import { ExitCode } from "../../../ground/errors.ts";
import { trackNames } from "../../../verbs/track-names.ts";
import { verb } from "../verb.ts";

/** Called by the completion scripts at each Tab: it must be quick, and silent when it cannot. */
export const completeTracksVerb = verb({
  args: {},
  options: {},
  examples: [],
  run: async ({ invocation, out }) => {
    for (const name of await trackNames(invocation)) out.line(name);
    return ExitCode.ok;
  },
});
