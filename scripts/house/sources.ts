import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** An import statement of a source file, or an `import()` in it. */
export interface Import {
  readonly from: string;
  /** A path below src/ for our own files, else the module's name. */
  readonly to: string;
  readonly isOurs: boolean;
  readonly isTypeOnly: boolean;
}

/** A source file; `path` is relative to src/. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** Reads every source file below `root`, in the order of their paths. */
export function readSources(root: string): readonly Source[] {
  return globSync("**/*.ts", { cwd: root })
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), "utf8");
      return { path, text, imports: importsOf(root, path, text) };
    });
}

function importsOf(root: string, path: string, text: string): readonly Import[] {
  const declared = /^(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm;
  const lazy = /\bimport\("([^"]+)"\)/g;
  const found = [
    ...[...text.matchAll(declared)].map((match) => ({
      isTypeOnly: match[1] !== undefined,
      name: match[2],
    })),
    ...[...text.matchAll(lazy)].map((match) => ({ isTypeOnly: false, name: match[1] })),
  ];
  return found.map(({ isTypeOnly, name = "" }) => {
    const isOurs = name.startsWith(".");
    const to = isOurs ? relative(root, join(root, dirname(path), name)) : name;
    return { from: path, to, isOurs, isTypeOnly };
  });
}

/** Returns the room of a file: its first folder, or `main.ts`. */
export const roomOf = (path: string): string => path.split("/")[0] ?? "";

/** Returns the folder of a file, "." for a file at the top. */
export const folderOf = (path: string): string => dirname(path);
