import { join } from "node:path";
import { build, bundle } from "../../scripts/build.ts";
import { apartFolder, root } from "./places.ts";

const apart = ["cells", "land", "pick", "rescue", "start"];

/**
 * The end-to-end tests run what users run: the built program. Built once for each run of the suite,
 * and with it what is started apart to be killed: from the source, its life would be all loading.
 */
export async function setup(): Promise<void> {
  await build();
  const programs = apart.map((name) => [name, join(root, `test/fixtures/${name}.ts`)]);
  await bundle(Object.fromEntries(programs), apartFolder);
}
