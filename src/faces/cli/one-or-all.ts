import { flag, optional } from "./verb.ts";

/** The argument and the option of verbs that end workers or let them go on. */
export const trackArgument = optional("track", "the track whose worker is meant");
export const allFlag = flag("--all", "the workers of all tracks");
