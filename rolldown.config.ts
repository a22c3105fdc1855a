import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "rolldown";

/*
 * The program as it is shipped: src/ and the libraries it is bundled with, in a few files. Every verb is
 * a start of a process, and loading hundreds of small files was most of it. What has native code, and
 * what is one file already and rarely loaded, stays a dependency (docs/adr/0010).
 */
export default defineConfig({
  input: "src/main.ts",
  platform: "node",
  external: ["better-sqlite3", "@lydell/node-pty", /^@xterm\//],
  plugins: [licences()],
  output: { dir: "dist", cleanDir: true, chunkFileNames: "[name].js" },
});

/** Writes the licences of what is in the bundle beside it, as they ask for. */
function licences(): Plugin {
  const place = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//;
  return {
    name: "licences",
    generateBundle(_, bundle) {
      const folders = new Map<string, string>();
      for (const file of Object.values(bundle)) {
        for (const id of file.type === "chunk" ? file.moduleIds : []) {
          const [folder, name] = place.exec(id) ?? [];
          if (folder !== undefined && name !== undefined) folders.set(name, folder);
        }
      }
      const texts = [...folders].sort().map(([name, folder]) => `${name}\n\n${licenceIn(folder)}`);
      this.emitFile({ type: "asset", fileName: "licences.txt", source: texts.join("\n---\n\n") });
    },
  };
}

function licenceIn(folder: string): string {
  const file = existsSync(folder) && readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  if (!file) throw new Error(`${folder} has no licence to be shipped with the bundle`);
  return readFileSync(join(folder, file), "utf8").trim();
}
