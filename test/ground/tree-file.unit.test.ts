import { spawnSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  appendInTree,
  listInTree,
  makeFolderInTree,
  readInTree,
  readTextInTree,
  removeFolderInTree,
  removeInTree,
  statInTree,
  writeInTree,
} from "../../src/ground/tree-file.ts";
import { scratch } from "../support/scratch.ts";

/** Makes a worktree with a folder `in`, beside another owner's folder with a file in it. */
function place() {
  const at = scratch();
  const [top, outside] = [join(at, "tree"), join(at, "outside")];
  mkdirSync(join(top, "in"), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(outside, "file"), "precious");
  return { top, outside, precious: join(outside, "file") };
}

const odd = { code: "worktree/odd-file", exitCode: 3 };

test("a file is read, written whole with its mode, appended to and removed", () => {
  const { top } = place();
  expect(readInTree(top, "in/a")).toEqual({ kind: "none" });
  expect(readTextInTree(top, "in/no/a")).toBeUndefined();
  writeInTree(top, "in/new/a", "one", { folderMode: 0o700 });
  expect(statSync(join(top, "in/new")).mode & 0o777).toBe(0o700);
  expect(statSync(join(top, "in/new/a")).mode & 0o777).toBe(0o600);
  chmodSync(join(top, "in/new/a"), 0o755);
  writeInTree(top, "in/new/a", "two");
  expect(statSync(join(top, "in/new/a")).mode & 0o777).toBe(0o755);
  appendInTree(top, "in/new/a", "three");
  expect(readTextInTree(top, "in/new/a")).toBe("twothree");
  expect(listInTree(top, "in/new")).toEqual(["in/new/a"]);
  removeInTree(top, "in/new/a");
  expect(removeFolderInTree(top, "in/new")).toBe(true);
  expect(readdirSync(join(top, "in"))).toEqual([]);
});

describe.each([
  ["a symbolic link", (file: string, precious: string) => symlinkSync(precious, file)],
  ["a symbolic link", (file: string) => symlinkSync("nowhere", file)],
  ["a folder", (file: string) => mkdirSync(file)],
  ["a named pipe", (file: string) => spawnSync("sh", ["-c", 'mkfifo "$0"', file])],
])("%s in the place of a file", (what, put) => {
  test("is named, and neither read nor written", () => {
    const { top, outside, precious } = place();
    put(join(top, "in/a"), precious);
    expect(readInTree(top, "in/a")).toEqual({ kind: "odd", part: "in/a", what });
    const named = { ...odd, message: expect.stringContaining(`${top}/in/a is ${what}`) };
    expect(() => readTextInTree(top, "in/a")).toThrow(expect.objectContaining(named));
    expect(() => writeInTree(top, "in/a", "x")).toThrow(expect.objectContaining(named));
    expect(() => appendInTree(top, "in/a", "x")).toThrow(expect.objectContaining(named));
    expect(readFileSync(precious, "utf8")).toBe("precious");
    expect([readdirSync(outside), readdirSync(join(top, "in"))]).toEqual([["file"], ["a"]]);
  });
});

test.each(["in", "in/deep"])("a link at %s on the way leads nowhere", (part) => {
  const { top, outside, precious } = place();
  if (part === "in") removeFolderInTree(top, "in");
  symlinkSync(outside, join(top, part));
  const path = `${part}/file`;
  expect(readInTree(top, path)).toEqual({ kind: "odd", part, what: "a symbolic link" });
  expect(statInTree(top, path)).toBeUndefined();
  expect(listInTree(top, part)).toEqual([]);
  removeInTree(top, path);
  for (const act of [
    () => writeInTree(top, path, "x"),
    () => writeInTree(top, `${part}/new/file`, "x"),
    () => appendInTree(top, path, "x"),
    () => makeFolderInTree(top, `${part}/new`),
  ]) {
    expect(act).toThrow(expect.objectContaining(odd));
  }
  expect(readFileSync(precious, "utf8")).toBe("precious");
  expect(readdirSync(outside)).toEqual(["file"]);
});

test("a tree that is a link itself is not entered", () => {
  const { top, outside, precious } = place();
  symlinkSync(outside, join(top, "tree"));
  expect(readInTree(join(top, "tree"), "file")).toMatchObject({ kind: "odd", part: "" });
  expect(() => writeInTree(join(top, "tree"), "file", "x")).toThrow(expect.objectContaining(odd));
  expect(readFileSync(precious, "utf8")).toBe("precious");
});

test("a file with a second name elsewhere is replaced, never changed", () => {
  const { top, precious } = place();
  linkSync(precious, join(top, "in/a"));
  expect(() => appendInTree(top, "in/a", "x")).toThrow(expect.objectContaining(odd));
  expect(() => readTextInTree(top, "in/a")).toThrow(expect.objectContaining(odd));
  writeInTree(top, "in/a", "mine");
  expect(readFileSync(precious, "utf8")).toBe("precious");
  expect(lstatSync(join(top, "in/a")).nlink).toBe(1);
});

test("a link under the name of the unfinished file is not written through", () => {
  const { top, precious } = place();
  symlinkSync(precious, join(top, `in/.a.${process.pid}.new`));
  writeInTree(top, "in/a", "mine");
  expect(readFileSync(precious, "utf8")).toBe("precious");
  expect(readdirSync(join(top, "in"))).toEqual(["a"]);
});

test("a file that is too long is not read", () => {
  const { top } = place();
  writeFileSync(join(top, "in/a"), "12345");
  expect(readInTree(top, "in/a", 5)).toMatchObject({ kind: "file" });
  const what = "larger than 4 bytes";
  expect(readInTree(top, "in/a", 4)).toEqual({ kind: "odd", part: "in/a", what });
});

test("a name need not be UTF-8, and is looked up byte for byte", () => {
  const { top } = place();
  const name = Buffer.from([0x63, 0xe9]);
  writeFileSync(Buffer.concat([Buffer.from(`${top}/in/`), name]), "latin");
  const [path = ""] = listInTree(top, "in");
  expect(readTextInTree(top, path)).toBe("latin");
  writeInTree(top, path, "new");
  expect(readdirSync(join(top, "in"), { encoding: "buffer" })).toEqual([name]);
});

test.each(["", "..", "../outside/file", "in/../../outside/file"])("%j is no path", (path) => {
  expect(() => readInTree(place().top, path)).toThrow("is no path below a folder");
});
