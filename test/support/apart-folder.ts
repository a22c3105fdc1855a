import { join } from "node:path";

/** Where the programs of `test/fixtures` lie that run apart, bundled for this run of the suite. */
export const apartFolder = join(import.meta.dirname, "../../node_modules/.cache/pleach-test/apart");
