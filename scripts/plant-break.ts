import { execFileSync } from "node:child_process";
import type { Dice } from "./replay/dice.ts";
import type { ReplayGit } from "./replay/git.ts";

/*
 * Makes breaks on purpose, without the radar's own eyes: names come from a plain search for
 * `function NAME(` and the like, uses from a search for the word.
 */

export const plantKinds = [
  "rename",
  "remove",
  "parameter",
  "move-file",
  "delete-file",
  "script",
] as const;

/** Two commits on one base that merge, the first of which breaks something that the second uses. */
export interface Plant {
  readonly kind: (typeof plantKinds)[number];
  readonly name: string;
  readonly breaker: string;
  readonly user: string;
  readonly about: string;
}

const tries = 40;
const source = /\.(?:[cm]?[jt]sx?|py|go|rs|rb|java)$/;
const aside = /(?:^|\/)(?:tests?|fixtures?|node_modules|vendor|dist|build|docs?|templates?)\//;

export function plantIn(
  git: ReplayGit,
  base: string,
  kind: Plant["kind"],
  dice: Dice,
): Plant | undefined {
  const files = git.fields("ls-tree", "-r", "-z", "--name-only", base);
  const sources = files.filter((file) => source.test(file) && !aside.test(file));
  for (let at = 0; at < tries && sources.length > 0; at += 1) {
    const file = sources[dice.below(sources.length)] ?? "";
    const made =
      kind === "script"
        ? plantScript(git, base, dice)
        : kind === "move-file" || kind === "delete-file"
          ? plantFile(git, { base, file, files: sources, isMove: kind === "move-file" })
          : plantName(git, { base, file, kind, dice });
    if (made !== undefined) return { kind, ...made };
  }
  return undefined;
}

type Made = Omit<Plant, "kind">;

const definition =
  /^(?:export )?(?:async )?(?:function|def|func|fn|pub fn) ([A-Za-z_]\w{3,})\s*\(([^()]*)\)/gm;

function plantName(
  git: ReplayGit,
  {
    base,
    file,
    kind,
    dice,
  }: { base: string; file: string; kind: "rename" | "remove" | "parameter"; dice: Dice },
): Made | undefined {
  const text = textOf(git, base, file);
  const found = [...text.matchAll(definition)];
  const one = found[dice.below(Math.max(1, found.length))];
  const name = one?.[1];
  if (one === undefined || name === undefined) return undefined;
  const using = usersOf(git, base, name).filter((path) => path !== file && source.test(path));
  const importing = using.filter((path) => importsFrom(textOf(git, base, path), name, file));
  const user = importing[dice.below(Math.max(1, importing.length))];
  if (user === undefined) return undefined;
  const word = new RegExp(`\\b${name}\\b`, "g");
  const breaker =
    kind === "rename"
      ? Object.fromEntries(
          [file, ...using].map((path) => [
            path,
            textOf(git, base, path).replace(word, `${name}Renamed`),
          ]),
        )
      : kind === "remove"
        ? {
            [file]: withoutFunction(text, one[0]).replace(
              new RegExp(`^.*\\b${name},?\\s*$\\n?`, "gm"),
              "",
            ),
          }
        : {
            [file]: text.replace(
              one[0],
              one[0].replace(/\)$/, `${(one[2] ?? "").trim() === "" ? "" : ", "}required)`),
            ),
          };
  // The rename touches the user's own file: the new use stands apart from it, at the end.
  const added = `${textOf(git, base, user)}${"\n".repeat(4)}${callOf(user, name)}\n`;
  return {
    name,
    breaker: commitOn(git, base, breaker),
    user: commitOn(git, base, { [user]: added }),
    about: `${file}, used in ${user}`,
  };
}

/**
 * Removes the text from the line of a definition to the next line that begins at the margin and
 * closes it.
 */
function withoutFunction(text: string, head: string): string {
  const from = text.indexOf(head);
  const end = /\n(?:\}|(?=\S))[^\n]*\n/.exec(text.slice(from));
  return end === null
    ? text.slice(0, from)
    : text.slice(0, from) + text.slice(from + end.index + end[0].length);
}

function callOf(path: string, name: string): string {
  return path.endsWith(".py")
    ? `def planted_use():\n    return ${name}()`
    : `function plantedUse() { return ${name}(); }`;
}

function plantFile(
  git: ReplayGit,
  {
    base,
    file,
    files,
    isMove,
  }: { base: string; file: string; files: readonly string[]; isMove: boolean },
): Made | undefined {
  const folder = file.slice(0, file.lastIndexOf("/") + 1);
  const stem = file.slice(folder.length).replace(/\.\w+$/, "");
  const other = files.find(
    (path) =>
      path !== file && path.startsWith(folder) && path.lastIndexOf("/") + 1 === folder.length,
  );
  if (other === undefined || folder === "" || stem === "index" || !/\.[cm]?[jt]sx?$/.test(file))
    return undefined;
  const content = textOf(git, base, file);
  const moved = isMove
    ? { [`${folder}${stem}-moved${/\.\w+$/.exec(file)?.[0] ?? ""}`]: content }
    : {};
  const use = `const planted = require("./${stem}");`;
  return {
    name: file,
    breaker: commitOn(git, base, { [file]: undefined, ...moved }),
    user: commitOn(git, base, { [other]: `${textOf(git, base, other)}${use}\n` }),
    about: `required in ${other}`,
  };
}

function plantScript(git: ReplayGit, base: string, dice: Dice): Made | undefined {
  const text = git.find("show", `${base}:package.json`);
  if (text === undefined) return undefined;
  const scripts = Object.keys(Object(JSON.parse(text)).scripts ?? {});
  const name = scripts[dice.below(Math.max(1, scripts.length))];
  if (name === undefined) return undefined;
  const quoted = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const changed = text.replace(new RegExp(`^\\s*"${quoted}": .*\\n`, "m"), "");
  if (changed === text) return undefined;
  const readme = git.find("show", `${base}:README.md`) ?? "";
  return {
    name: `run ${name}`,
    breaker: commitOn(git, base, { "package.json": changed }),
    user: commitOn(git, base, { "README.md": `${readme}\nTo try it: \`npm run ${name}\`.\n` }),
    about: "in README.md",
  };
}

/** Reads a file with its last line end, which `text` takes away. */
const textOf = (git: ReplayGit, base: string, path: string): string =>
  `${git.text("show", `${base}:${path}`)}\n`;

/** Whether a file takes the name from another file rather than having its own. */
function importsFrom(text: string, name: string, file: string): boolean {
  const stem = (file.split("/").at(-1) ?? "").replace(/\.\w+$/, "");
  const names = new RegExp(
    `["'./]${stem}(?:\\.\\w+)?["']|(?:from|import|use) [\\w.:]*\\b${stem}\\b`,
  );
  return names.test(text) && !new RegExp(`(?:function|def|func|fn) ${name}\\b`).test(text);
}

function usersOf(git: ReplayGit, base: string, name: string): readonly string[] {
  const found = git.find("grep", "-l", "-w", "-F", "-z", "-e", name, base);
  return (found ?? "")
    .split("\0")
    .flatMap((row) => (row === "" ? [] : [row.slice(base.length + 1)]));
}

/** Makes a commit in which some files differ from its parent; undefined removes a file. */
function commitOn(
  git: ReplayGit,
  base: string,
  files: Readonly<Record<string, string | undefined>>,
): string {
  const entries = Object.entries(files).map(([path, content]) => {
    if (content === undefined) return `D ${JSON.stringify(path)}\n`;
    return `M 100644 inline ${JSON.stringify(path)}\ndata ${Buffer.byteLength(content)}\n${content}\n`;
  });
  const head = "commit refs/heads/planted\ncommitter P <p@localhost> 0 +0000\ndata 5\nplant\n";
  const input = `reset refs/heads/planted\nfrom ${base}\n\n${head}${entries.join("")}`;
  execFileSync("git", ["fast-import", "--quiet", "--force"], { cwd: git.folder, input });
  return git.text("rev-parse", "refs/heads/planted");
}
