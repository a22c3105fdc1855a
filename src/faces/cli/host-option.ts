import { hostWishes } from "../../hosts/host.ts";
import { choice } from "./verb.ts";

/** `--host` of verbs that start workers. */
export const hostOption = choice(
  "--host <host>",
  "where workers run: headless, in windows of tmux, or by their mode (auto)",
  hostWishes,
);
