import { type Definition, definitionOn, stillFits } from "./definitions.ts";
import type { FilePatch } from "./patch.ts";

/** A thing others may rely on that a line of work removes or changes. */
export interface Gone {
  readonly what: "name" | "file" | "command";
  readonly how: "removed" | "renamed" | "changed" | "moved";
  /** The name, the path, or the command. */
  readonly name: string;
  /** Its new name, or its new place. */
  readonly to?: string;
  /** The file it was in before, and that file's name now; a removed file has none. */
  readonly before: string;
  readonly after: string | undefined;
}

/** A place in the lines that a line of work adds. */
export interface Spot {
  readonly path: string;
  readonly line: number;
}

/** The effects of a line of work on names, files and commands. */
export interface Traces {
  readonly gone: readonly Gone[];
  /** The words of added lines, by family of language and word. */
  readonly words: ReadonlyMap<string, Spot>;
  /** The names it defines itself, by family and name. */
  readonly defines: ReadonlySet<string>;
  /**
   * The paths that added lines mention, without the ending of the file's name, each with its place.
   */
  readonly mentions: ReadonlyMap<string, Spot>;
  /** The commands in added lines: `npm run NAME`, `make NAME`, `--flag`. */
  readonly commands: ReadonlyMap<string, Spot>;
}

/** A file that a program wrote, or a generated lock: its words do not count. */
const generated =
  /(?:^|\/)(?:[^/]*lock[^/]*\.(?:json|ya?ml|toml)|[^/]*\.(?:lock|lockb|min\.js|map|snap|svg))$/;
const prose = /\.(?:md|mdx|rst|txt|adoc|html?)$|(?:^|\/)(?:CHANGELOG|LICENSE|README|TODO)[^/]*$/i;
const tests = /(?:^|\/)(?:tests?|specs?|__tests__|fixtures?|testdata)\/|[._-](?:test|spec)\.[^/]*$/;
/** The number of added lines that are read: no person writes as many between two looks. */
const mostLines = 20_000;

/** Returns the family of files that know each other's names. */
export function familyOf(path: string): string {
  const end = /\.([A-Za-z0-9]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  return families.get(end) ?? end;
}

const families = new Map(
  [
    ["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte", "astro"],
    ["c", "h", "cc", "cpp", "cxx", "hpp", "hh", "m", "mm"],
    ["py", "pyi", "pyx"],
    ["java", "kt", "kts", "scala", "groovy"],
    ["sh", "bash", "zsh", "bats"],
  ].flatMap((ends) => ends.map((end) => [end, ends[0] ?? end] as const)),
);

/** Returns the key of a family's name in the maps. */
export const wordKey = (family: string, name: string): string => `${family} ${name}`;

/** Reads the traces of a line of work from its patch to the target. Pure. */
export function tracesOf(files: readonly FilePatch[]): Traces {
  const words = new Map<string, Spot>();
  const defines = new Set<string>();
  const mentions = new Map<string, Spot>();
  const commands = new Map<string, Spot>();
  let left = mostLines;
  for (const { after: path, added } of files) {
    if (path === undefined || generated.test(path)) continue;
    const family = familyOf(path);
    const isProse = prose.test(path);
    for (const { line, text } of added.slice(0, left)) {
      if (text.length > 1_000) continue;
      const spot = { path, line };
      for (const mention of mentionsIn(text, path)) keep(mentions, mention, spot);
      for (const command of commandsIn(text)) keep(commands, command, spot);
      if (isProse) continue;
      for (const [word] of text.matchAll(/[A-Za-z_$][\w$]{2,}/g)) {
        keep(words, wordKey(family, word), spot);
      }
      const defined = definitionOn(text);
      if (defined !== undefined) defines.add(wordKey(family, defined.name));
    }
    left = Math.max(0, left - added.length);
  }
  return { gone: goneFrom(files), words, defines, mentions, commands };
}

function keep(map: Map<string, Spot>, key: string, spot: Spot): void {
  if (!map.has(key)) map.set(key, spot);
}

function goneFrom(files: readonly FilePatch[]): readonly Gone[] {
  const readable = files.filter(({ before, after }) => !generated.test(before ?? after ?? ""));
  const elsewhere = new Map<string, { readonly path: string; readonly definition: Definition }>();
  for (const { after, added } of readable) {
    if (after === undefined || prose.test(after)) continue;
    for (const { text } of added.slice(0, mostLines)) {
      const definition = definitionOn(text);
      if (definition === undefined) continue;
      const key = wordKey(familyOf(after), definition.name);
      if (!elsewhere.has(key)) elsewhere.set(key, { path: after, definition });
    }
  }
  const moved = (path: string, name: string) => elsewhere.get(wordKey(familyOf(path), name));
  return readable.flatMap((file) => [
    ...filesGone(file),
    ...(prose.test(file.before ?? "") ? [] : namesGone(file, moved)),
    ...commandsGone(file),
  ]);
}

function filesGone({ before, after }: FilePatch): readonly Gone[] {
  if (before === undefined || before === after) return [];
  const how = after === undefined ? "removed" : "renamed";
  const to = after === undefined ? {} : { to: after };
  return [{ what: "file", how, name: before, ...to, before, after }];
}

function namesGone(
  { before, after, removed, added }: FilePatch,
  movedTo: (path: string, name: string) => { readonly path: string } | undefined,
): readonly Gone[] {
  if (before === undefined) return [];
  const now = added.flatMap(({ text }) => definitionOn(text) ?? []);
  const gone = new Map<string, Gone>();
  for (const row of removed.slice(0, mostLines)) {
    const was = definitionOn(row);
    if (was === undefined || gone.has(was.name)) continue;
    const { name } = was;
    const same = now.filter((one) => one.name === name);
    const where = { what: "name" as const, name, before, after };
    if (same.length > 0) {
      if (!same.some((one) => fits(was, one))) gone.set(name, { ...where, how: "changed" });
      continue;
    }
    const heir = now.find((one) => one.line.replaceAll(one.name, name) === was.line);
    const other = movedTo(before, name)?.path;
    if (heir !== undefined) gone.set(name, { ...where, how: "renamed", to: heir.name });
    else if (other !== undefined) gone.set(name, { ...where, how: "moved", to: other });
    else gone.set(name, { ...where, how: "removed" });
  }
  return [...gone.values()];
}

function fits(was: Definition, now: Definition): boolean {
  if (was.parameters === undefined || now.parameters === undefined) return true;
  return stillFits(was.parameters, now.parameters);
}

function commandsGone({ before, after, removed, added }: FilePatch): readonly Gone[] {
  if (before === undefined || prose.test(before)) return [];
  const still = new Set(added.flatMap(({ text }) => commandsDefinedOn(text, before)));
  const lost = removed.flatMap((row) => commandsDefinedOn(row, before));
  return [...new Set(lost)]
    .filter((name) => !still.has(name))
    .map((name) => ({ what: "command", how: "removed", name, before, after }) as const);
}

/** Finds the commands that a line defines, as they are called. */
function commandsDefinedOn(text: string, path: string): readonly string[] {
  if (/(?:^|\/)package\.json$/.test(path)) {
    const script = /^\s*"([\w:.-]+)"\s*:\s*"/.exec(text)?.[1];
    return script === undefined ? [] : [`run ${script}`];
  }
  if (/(?:^|\/)(?:GNU)?[Mm]akefile$|\.mk$|(?:^|\/)[Jj]ustfile$/.test(path)) {
    const target = /^([A-Za-z][\w.-]*)\s*(?:[^:=]*):(?!=)/.exec(text)?.[1];
    return target === undefined ? [] : [`make ${target}`];
  }
  if (tests.test(path)) return [];
  // An option as a program declares it: in quotes, with its value's name at most behind it.
  return [...text.matchAll(/["'`](?:-\w, )?(--[a-z][\w-]+)(?:[ =][^"'`]*)?["'`]/g)].map(
    ([, name = ""]) => name,
  );
}

/** Finds the commands that a line calls, in the form of `commandsDefinedOn`. */
function commandsIn(text: string): readonly string[] {
  const runs = [...text.matchAll(/\b(?:npm|yarn|pnpm|bun)(?: run| run-script)? ([\w:.-]+)/g)];
  const makes = [...text.matchAll(/\b(?:make|just) ([A-Za-z][\w.-]*)/g)];
  const flags = [...text.matchAll(/(?<![\w-])--[a-z][\w-]+/g)];
  return [
    ...runs.map(([, name]) => `run ${name}`),
    ...makes.map(([, name]) => `make ${name}`),
    ...flags.map(([name]) => name),
  ];
}

/**
 * Finds the paths that a line mentions, relative paths as seen from the file, without the ending of
 * their names.
 */
function mentionsIn(text: string, path: string): readonly string[] {
  const found: string[] = [];
  for (const [token] of text.matchAll(
    /(?:\.{1,2}\/)*[\w@-][\w@.-]*(?:[/\\][\w@.-]+)*|\.{1,2}\/[\w@./-]+/g,
  )) {
    if (token.startsWith(".")) found.push(stemOf(resolved(path, token)));
    else if (token.includes("/")) found.push(stemOf(token));
    else if (/^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/.test(token) && familyOf(path) !== "js") {
      // `a.b.c`, as modules are named where they are not paths.
      found.push(token.replaceAll(".", "/"));
    }
  }
  return found;
}

/**
 * Returns a path without the ending of the file's name, and without the `index` that stands for its
 * folder.
 */
export const stemOf = (path: string): string =>
  path.replace(/(?<=[^/.])\.[A-Za-z]\w{0,4}$/, "").replace(/\/(?:index|__init__|mod)$/, "");

function resolved(from: string, relative: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of relative.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}
