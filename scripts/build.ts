/**
 * `npm run build`: the program as it is shipped, `src/` and its bundled libraries in a few files.
 * Every verb starts a process, and loading hundreds of small files was most of that time. Modules
 * with native code, and rarely loaded ones that are a single file already, stay dependencies
 * (docs/adr/0010).
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Plugin, rolldown } from "rolldown";

const root = join(import.meta.dirname, "..");
const external = ["better-sqlite3", "@lydell/node-pty", /^@xterm\//];

if (import.meta.main) await build();

/** Bundles `src/main.ts` into `dist/`, with the licences of the bundled libraries. */
export async function build(): Promise<void> {
  await bundle({ main: join(root, "src/main.ts") }, join(root, "dist"), licences());
}

/** Bundles programs for Node into a folder that is emptied first, each as `NAME.js`. */
export async function bundle(
  input: Readonly<Record<string, string>>,
  dir: string,
  ...plugins: readonly Plugin[]
): Promise<void> {
  const made = await rolldown({ input, external, platform: "node", plugins: [...plugins] });
  await made.write({ dir, cleanDir: true, chunkFileNames: "[name].js" });
  await made.close();
}

/** Writes the licences of the bundled libraries beside the bundle, as they demand. */
function licences(): Plugin {
  const place = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//;
  return {
    name: "licences",
    generateBundle(_, files) {
      const modules = Object.values(files).flatMap((file) =>
        "moduleIds" in file ? file.moduleIds : [],
      );
      const folders = new Map<string, string>();
      for (const id of modules) {
        const [folder, name] = place.exec(id) ?? [];
        if (folder !== undefined && name !== undefined) folders.set(name, folder);
      }
      const texts = [...folders].sort().map(([name, folder]) => `${name}\n\n${licenceIn(folder)}`);
      this.emitFile({ type: "asset", fileName: "licences.txt", source: texts.join("\n---\n\n") });
    },
  };
}

function licenceIn(folder: string): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined) throw new Error(`${folder} has no licence to be shipped with the bundle`);
  return readFileSync(join(folder, file), "utf8").trim();
}
