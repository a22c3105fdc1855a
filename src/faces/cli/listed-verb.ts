import type { DescribedVerb } from "../../verbs/described-verb.ts";
import type { Verb } from "./verb.ts";

/** A verb as the list knows it: enough for `pleach --help`, the rest is loaded when it is used. */
export type ListedVerb = Pick<DescribedVerb, "name" | "summary" | "hidden" | "bare"> & {
  readonly load: () => Promise<Verb>;
};
