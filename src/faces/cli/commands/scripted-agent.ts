import { readFileSync } from "node:fs";
import { playScript } from "../../../agents/scripted/play.ts";
import { systemClock } from "../../../ground/clock.ts";
import { ExitCode, messageOf } from "../../../ground/errors.ts";
import { verb } from "../verb.ts";

export const scriptedAgentVerb = verb({
  args: {},
  options: {},
  examples: [],
  run: async ({ invocation, out }) => {
    const { env, folder } = invocation;
    const prompt = readFileSync(env["PLEACH_PROMPT_FILE"] ?? "", "utf8");
    const attempt = Number(env["PLEACH_ATTEMPT"] ?? "1");
    try {
      await playScript(prompt, attempt, {
        worktree: folder,
        env,
        clock: systemClock,
        say: (line) => out.line(line),
      });
      return ExitCode.ok;
    } catch (error) {
      out.line(messageOf(error));
      return ExitCode.failed;
    }
  },
});
