import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Git } from "../../src/ground/git/git.ts";
import { asBranchName, parseSha } from "../../src/ground/ids.ts";
import { mergeAll } from "../../src/radar/merges.ts";
import { Radar } from "../../src/radar/radar.ts";
import type { Subject } from "../../src/radar/scan.ts";
import { testEnv } from "../support/env.ts";
import { git, gitRepo } from "../support/repo.ts";
import { scratch } from "../support/scratch.ts";

/** An act of a branch on the files; a path that cannot be acted on is left alone. */
type Act =
  | { readonly kind: "edit" | "add" | "remove"; readonly path: string }
  | { readonly kind: "move"; readonly path: string; readonly to: string };

const files = ["a/one", "a/two", "a/deep/three", "b/one", "b/two", "root", "top"];
const places = ["a", "b", "a/deep", "c", "a/one", "root", "c/new", "a/new", "b/deep/new", "d", ""];
const path = fc.constantFrom(...files, ...places.filter((place) => place !== ""));

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom("edit" as const, "add" as const, "remove" as const), path }),
  fc.record({ kind: fc.constant("move" as const), path, to: fc.constantFrom(...places) }),
);

type Tree = ReadonlyMap<string, string>;

const textOf = (path: string): string =>
  Array.from({ length: 12 }, (_, line) => `${path} line ${line}\n`).join("");
const base: Tree = new Map(files.map((path) => [path, textOf(path)]));

/** Puts a file at a path, over whatever is in its way. */
function put(tree: Map<string, string>, path: string, text: string): void {
  for (const other of [...tree.keys()]) {
    if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) tree.delete(other);
  }
  tree.set(path, text);
}

function played(acts: readonly Act[], who: number): Tree {
  const tree = new Map(base);
  for (const [at, step] of acts.entries()) {
    if (step.kind === "add") put(tree, step.path, `new of ${who}.${at}\n`);
    else if (step.kind === "edit") {
      const text = tree.get(step.path);
      if (text !== undefined) tree.set(step.path, text.replace(/line 3/, `line of ${who}.${at}`));
    } else {
      const inside = [...tree].filter(
        ([path]) => path === step.path || path.startsWith(`${step.path}/`),
      );
      for (const [path] of inside) tree.delete(path);
      if (step.kind !== "move") continue;
      for (const [path, text] of inside) {
        const rest = path.slice(step.path.length + 1);
        const to = [step.to, rest === "" ? (path.split("/").at(-1) ?? "") : rest];
        put(tree, to.filter((part) => part !== "").join("/"), text);
      }
    }
  }
  return tree;
}

/** Writes branches as one stream, so that a whole repository costs one process. */
function importStream(trees: readonly Tree[]): string {
  const blob = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const commit = (branch: string, tree: Tree, from: string): string =>
    `commit refs/heads/${branch}\ncommitter T <t@localhost> 0 +0000\n${blob("x")}${from}deleteall\n` +
    [...tree].map(([path, text]) => `M 100644 inline ${path}\n${blob(text)}`).join("");
  return [
    "reset refs/heads/main\n",
    commit("main", base, ""),
    ...trees.map((tree, at) => commit(`b${at}`, tree, "from refs/heads/main\n")),
  ].join("");
}

/** Two folders that move to the same place: git calls it a conflict and names no file. */
const namelessConflict: Act[][] = [
  [{ kind: "move", path: "a/deep/three", to: "a" }],
  [{ kind: "move", path: "b", to: "a/deep" }],
];

test("no conflict is missed: all pairs by brute force, over random moves, clashes and edits", async () => {
  const repo = gitRepo();
  const env = testEnv();
  let conflicts = 0;
  let skipped = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(act, { minLength: 1, maxLength: 3 }), { minLength: 5, maxLength: 6 }),
      async (histories) => {
        const trees = histories.map((acts, at) => played(acts, at));
        const at = new Git(repo, env);
        await at.text(["fast-import", "--quiet", "--force"], { input: importStream(trees) });
        const heads = git(repo, "rev-parse", ...trees.map((_, index) => `b${index}`)).split("\n");
        const subjects = trees.map((_, index): Subject => {
          const branch = asBranchName(`b${index}`);
          const head = parseSha(heads[index] ?? "");
          return { name: branch, kind: "branch", branch, worktree: undefined, head };
        });
        const scratchRoot = scratch();
        const radar = new Radar({
          git: at,
          commonDir: join(repo, ".git"),
          scratchPrefix: () => join(scratchRoot, "radar-"),
          target: asBranchName("main"),
          isLeftOut: () => false,
          policyOf: () => undefined,
          mutedDriver: "none",
        });
        const { meetings, seen } = await radar.scan(subjects);
        radar.close();
        expect(seen.map(({ state }) => state)).toEqual(trees.map(() => "clean"));
        const pairs = subjects.flatMap((a, i) => subjects.slice(i + 1).map((b) => [a, b] as const));
        const bench = { git: at, env: {}, settings: [] };
        const commits = pairs.map(
          ([a, b]) => [parseSha(a.head ?? ""), parseSha(b.head ?? "")] as const,
        );
        const brute = await mergeAll(bench, commits);
        const expected = pairs
          .filter((_, index) => {
            const merge = brute[index];
            return merge !== undefined && "clean" in merge && !merge.clean;
          })
          .map(([a, b]) => [a.name, b.name]);
        const broken = pairs.filter((_, index) => "failed" in (brute[index] ?? {}));
        const untold = meetings.filter(({ why }) => why !== undefined);
        // Git 2.39 fails an assertion of its own on some renames: such a pair is reported as
        // unknown.
        for (const { names } of untold) {
          expect(broken.map(([a, b]) => [a.name, b.name])).toContainEqual(names);
        }
        const told = meetings.filter(({ why }) => why === undefined);
        expect(told.map(({ names }) => names)).toEqual(expected);
        conflicts += expected.length;
        skipped += pairs.length - expected.length;
      },
    ),
    { numRuns: Number(process.env["PLEACH_RUNS"] ?? 25), seed: 4, examples: [[namelessConflict]] },
  );
  expect(conflicts).toBeGreaterThan(40);
  expect(skipped).toBeGreaterThan(40);
}, 300_000);
