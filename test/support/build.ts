import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { rolldown } from "rolldown";
import config from "../../rolldown.config.ts";
import { apartFolder } from "./apart-folder.ts";

const fixtures = join(import.meta.dirname, "../fixtures");
const apart = ["land", "pick", "rescue", "start"];

/**
 * The end-to-end tests run what users run: the built program. Built once for each run of the suite,
 * and with it what is started apart to be killed: from the source, its life would be all loading.
 */
export async function setup(): Promise<void> {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
  const { output: _, ...options } = config;
  const input = Object.fromEntries(apart.map((name) => [name, join(fixtures, `${name}.ts`)]));
  const bundle = await rolldown({ ...options, input, plugins: [] });
  await bundle.write({ dir: apartFolder, cleanDir: true, chunkFileNames: "[name].js" });
  await bundle.close();
}
