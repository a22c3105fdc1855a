import { asAccountId } from "../../ground/ids.ts";
import type { Agent } from "../agent.ts";
import type { Errand, Launch } from "../launch.ts";
import { plainManners } from "../manners.ts";

const launch = (errand: Errand): Launch => ({
  argv: [...errand.pleach, "scripted-agent"],
  stdin: undefined,
  env: { PLEACH_ATTEMPT: String(errand.attempt) },
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
  terminal: plainManners(launch),
};
