import { join } from "node:path";
import { build, bundle } from "../../scripts/build.ts";
import { apartFolder, root } from "./places.ts";

const apart = ["cells", "land", "pick", "rescue", "start"];

/**
 * Builds the program once for each run of the suite: the end-to-end tests run what users run. The
 * programs that are started apart to be killed are built as well: from the source, their life would
 * be all loading.
 */
export async function setup(): Promise<void> {
  await build();
  const programs = apart.map((name) => [name, join(root, `test/fixtures/${name}.ts`)]);
  await bundle(Object.fromEntries(programs), apartFolder);
}
