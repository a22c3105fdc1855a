/**
 * The scene that the radar is measured on: branches that meet in all the ways branches can meet.
 */
import { execFileSync } from "node:child_process";
import { lstatSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Git, Git as GitIn } from "../src/ground/git/git.ts";
import { parseSha, type Sha } from "../src/ground/ids.ts";
import { seeded } from "./plan.ts";
import { benchEnv, git, makeRepository } from "./scene.ts";

/** The largest number of branches. */
export const largest = 32;
/** The folder of a repository, to measure on a clone of it. */
export const real = process.env["BENCH_REPOSITORY"];

/** The files that branches edit: at least 60 lines each. */
export interface Files {
  readonly count: number;
  readonly pathAt: (at: number) => string;
  readonly linesAt: (at: number) => readonly string[];
}

export const madeFiles = (count: number): Files => ({
  count,
  pathAt: (at) => `src/part-${at % 50}/file-${at}.txt`,
  linesAt: (at) => Array.from({ length: 60 }, () => `line of file ${at}`),
});

/** Chooses the files of a real repository that are text and long enough. */
function realFiles(top: string): Files {
  const paths = git(top, "ls-files", "-z").split("\0").filter(Boolean);
  const long = paths.flatMap((path) => {
    const file = lstatSync(join(top, path));
    const text = file.isFile() && file.size < 200_000 ? readFileSync(join(top, path), "utf8") : "";
    const lines = text.split("\n").slice(0, -1);
    const isText = !/["\0\r\ufffd]/.test(path) && !/[\0\r\ufffd]/.test(text);
    return lines.length >= 60 && isText ? [{ path, lines }] : [];
  });
  const chosen = seededOrder(long);
  return {
    count: paths.length,
    pathAt: (at) => chosen[at % chosen.length]?.path ?? "",
    linesAt: (at) => chosen[at % chosen.length]?.lines ?? [],
  };
}

function seededOrder<Item>(items: readonly Item[]): readonly Item[] {
  const random = seeded(9);
  return items
    .map((item) => ({ item, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/**
 * Writes branches as one stream for git: 14 edits each anywhere, one in one of eight hot files at
 * one of two places, and 2 new files. One branch moves a folder away, one puts a file into that
 * folder, and two have a file and a folder of the same name.
 */
function branchStream(count: number, files: Files): string {
  const text = (content: string): string => `data ${Buffer.byteLength(content)}\n${content}\n`;
  const edited = (file: number, line: number, who: string): string => {
    const rows = files.linesAt(file).map((row, at) => (at === line ? `${who}\n` : `${row}\n`));
    return `M 100644 inline ${files.pathAt(file)}\n${text(rows.join(""))}`;
  };
  const random = seeded(4);
  const below = (limit: number): number => Math.floor(random() * limit);
  return Array.from({ length: count }, (_, branch) => {
    const hot = edited(below(8), 10 + below(2) * 40, `b${branch}`);
    const cold = Array.from({ length: 14 }, (_, step) =>
      edited(50 + below(Math.min(files.count, 1_400) - 50), below(60), `b${branch}.${step}`),
    );
    const changes = [hot, ...cold];
    const added = [0, 1].map((at) => `M 100644 inline new/b${branch}-${at}.txt\n${text("new\n")}`);
    const odd = [
      `R "${folderOf(files)}" "${folderOf(files)}-moved"\n`,
      `M 100644 inline ${folderOf(files)}/added.txt\n${text("added\n")}`,
      `M 100644 inline node\n${text("a file\n")}`,
      `M 100644 inline node/inner.txt\n${text("in a folder\n")}`,
    ];
    return (
      `commit refs/heads/b${branch}\ncommitter B <b@localhost> 0 +0000\n${text("work")}` +
      `from refs/heads/main~1\n${[...changes, ...added, odd[branch] ?? ""].join("")}`
    );
  }).join("");
}

const folderOf = (files: Files): string => files.pathAt(49).replace(/\/[^/]*$/, "");

export interface Scene {
  readonly files: Files;
  readonly top: string;
  readonly at: Git;
  readonly heads: readonly Sha[];
}

/** Makes a repository for the benchmark, or clones a real one (`BENCH_REPOSITORY=FOLDER`). */
export function makeScene(scratch: string, count: number | "real"): Scene {
  const top = join(scratch, `repo-${count}`);
  if (count === "real") {
    git(scratch, "clone", "--quiet", "--shared", real ?? "", top);
    git(top, "checkout", "--quiet", "-B", "main");
  } else makeRepository(top, { files: count });
  const files = count === "real" ? realFiles(top) : madeFiles(count);
  // The target has gone on since the branches left it.
  writeFileSync(join(top, "CHANGES"), "one\n");
  git(top, "add", "--all");
  git(top, "commit", "--quiet", "--message", "Second");
  const stream = branchStream(largest, files).replaceAll(
    "refs/heads/main~1",
    git(top, "rev-parse", "main~1"),
  );
  const options = { cwd: top, env: benchEnv(scratch), input: stream };
  execFileSync("git", ["fast-import", "--quiet"], options);
  const names = Array.from({ length: largest }, (_, at) => `b${at}`);
  const heads = git(top, "rev-parse", ...names)
    .split("\n")
    .map(parseSha);
  return { files, top, at: new GitIn(top, benchEnv(scratch)), heads };
}
