import { basename, join } from "node:path";
import type { SessionRecords } from "./conversation.ts";

/** `sessions/YEAR/MONTH/DAY/rollout-TIME-<session>.jsonl`: what hooks told it stands in it as they told it. */
export const codexRecords: SessionRecords = {
  folder(env) {
    const own = env["CODEX_HOME"] ?? (env["HOME"] && join(env["HOME"], ".codex"));
    return own ? join(own, "sessions") : undefined;
  },
  isOf: (file, session) => basename(file).endsWith(`-${session}.jsonl`),
  shows: (line, utterance) => line.includes(utterance),
};
