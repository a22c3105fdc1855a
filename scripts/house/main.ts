/**
 * `node scripts/house/main.ts [FOLDER] [--list]`: measures how a checkout of Pleach is built, so that
 * the house before a change of structure can be held against the house after it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { circlesOf } from "./circles.ts";
import { homonymsOf } from "./names.ts";
import { opaqueIn } from "./prose.ts";
import { folderOf, readSources, roomOf, type Source } from "./sources.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { list: { type: "boolean", default: false } },
});
const top = positionals[0] ?? ".";
const sources = readSources(join(top, "src"));
const page = readFileSync(join(top, "docs/ARCHITECTURE.md"), "utf8");

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const listed = (lines: readonly string[]): void => {
  if (values.list) for (const line of lines) print(`    ${line}`);
};

function countBy(keyOf: (path: string) => string): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { path } of sources) counts.set(keyOf(path), (counts.get(keyOf(path)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/** Counts what a reader meets inside one room: its boxes, and the arrows between them. */
function insideOf(room: string): string {
  const inner = sources.filter(({ path }) => roomOf(path) === room);
  const box = (path: string): string => {
    const [, second = "", ...deeper] = path.split("/");
    return deeper.length === 0 ? path : `${room}/${second}`;
  };
  const arrows = new Set(
    inner
      .flatMap(({ imports }) => imports)
      .filter(({ isOurs, to }) => isOurs && roomOf(to) === room)
      .filter(({ from, to }) => box(from) !== box(to))
      .map(({ from, to }) => `${box(from)} → ${box(to)}`),
  );
  return `${room} ${new Set(inner.map(({ path }) => box(path))).size} boxes, ${arrows.size} arrows`;
}

/** Whether the page names a file: by its path below src/, by its name after its folder's, or by its folder. */
const isNamed = ({ path }: Source): boolean =>
  page.includes(`\`${path}\``) ||
  page.includes(`\`${path.split("/").at(-1)}\``) ||
  (folderOf(path).includes("/") && page.includes(`\`${folderOf(path)}/\``));

const circles = circlesOf(sources);
const { comments, opaque } = opaqueIn(sources);
const homonyms = homonymsOf(sources);
const unnamed = sources.filter((source) => !isNamed(source)).map(({ path }) => path);
const rooms = countBy(roomOf).slice(0, 4);

print(`files: ${sources.length}`);
print(`circles of imports, types counted: ${circles.length}`);
listed(circles.map((circle) => circle.join(", ")));
print(
  `largest folders: ${countBy(folderOf)
    .slice(0, 5)
    .map(([folder, files]) => `${folder} ${files}`)
    .join(", ")}`,
);
print(`inside the largest rooms: ${rooms.map(([room]) => insideOf(room)).join("; ")}`);
const share = ((100 * opaque.length) / comments).toFixed(1);
print(`comments that begin with an opaque word: ${opaque.length} of ${comments} (${share} %)`);
listed(opaque.map(({ path, line, text }) => `src/${path}:${line} ${text.slice(0, 80)}`));
print(`names exported by several rooms: ${homonyms.length}`);
listed(homonyms.map(({ name, paths }) => `${name}: ${paths.join(", ")}`));
print(`files that no row of docs/ARCHITECTURE.md names: ${unnamed.length}`);
listed(unnamed);
