import { resolve } from "node:path";
import { runMergeDriver } from "../../../backlog/merge/driver.ts";
import { required, verb } from "../verb.ts";

/** Called by git, in its protocol: see gitattributes(5), "Defining a custom merge driver". */
export const mergeDriverVerb = verb({
  args: {
    base: required("base", "%O: the common ancestor"),
    ours: required("ours", "%A: our version, replaced by the result"),
    theirs: required("theirs", "%B: their version"),
    marker: required("marker", "%L: the size of conflict markers"),
    path: required("path", "%P: what the file is called in the repository"),
  },
  options: {},
  examples: [],
  run: async ({ invocation: { folder } }, { base, ours, theirs, marker, path }) =>
    await runMergeDriver({
      base: resolve(folder, base),
      ours: resolve(folder, ours),
      theirs: resolve(folder, theirs),
      markerSize: Number(marker) > 0 ? Number(marker) : 7,
      path,
    }),
});
