import { strategies } from "../../ground/config/config.ts";
import { choice } from "./verb.ts";

/** The `--strategy` of verbs that land. */
export const strategyOption = choice(
  "--strategy <how>",
  "how commits get onto the target",
  strategies,
);
