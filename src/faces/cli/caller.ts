import type { Caller } from "../../verbs/caller.ts";
import type { Output } from "./output.ts";

/** The person or program at the command line, as verbs know them. */
export const callerOf = (out: Output): Caller => ({
  note: (text) => out.note(text),
  ...(out.interactive ? { confirm: async (question) => await out.confirm(question) } : {}),
});
