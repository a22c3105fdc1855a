import { asAccountId } from "../../ground/ids.ts";
import type { Agent } from "../agent.ts";
import type { Launch, LaunchRequest } from "../launch.ts";
import { plainProfile } from "../terminal-profile.ts";

const launch = (request: LaunchRequest): Launch => ({
  argv: [...request.pleach, "scripted-agent"],
  stdin: undefined,
  env: { PLEACH_ATTEMPT: String(request.attempt) },
});

/** The demo's agent: plays the scripts it finds in its prompt (`script.ts`), as a real process. */
export const scriptedAgent: Agent = {
  name: "scripted",
  program: undefined,
  triedWith: undefined,
  commits: () => "agent",
  readLine: undefined,
  accountOf: () => asAccountId("scripted"),
  converse: undefined,
  records: undefined,
  launch,
  terminal: plainProfile(launch),
};
