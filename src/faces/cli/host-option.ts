import { hostWishes } from "../../hosts/host.ts";
import { choice } from "./verb.ts";

/** `--mode` of verbs that start workers. */
export const modeOption = choice(
  "--mode <mode>",
  "how they work: by structured output (stream), or in a terminal one can attach to",
  ["stream", "terminal"],
);

/** `--host` of verbs that start workers. */
export const hostOption = choice(
  "--host <host>",
  "where workers run: headless, in windows of tmux, or by their mode (auto)",
  hostWishes,
);
