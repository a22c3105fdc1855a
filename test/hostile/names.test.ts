import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decoded, encoded } from "../../src/ground/text.ts";
import { hostileToml } from "../support/hostile.ts";
import { projectOf, states, until } from "../support/program.ts";
import { git } from "../support/repo.ts";
import { scriptedTask } from "../support/tasks.ts";

/* Each test is a row of docs/hostile.md: its name begins with the input. */

const latin = "caf\udce9";
const other = "caf\udce8";
const at = (...parts: readonly string[]): Buffer => encoded(join(...parts));
/** Writes the same name for a shell. */
const inShell = (name: string): string =>
  `"$(printf '${[...encoded(name)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")}')"`;

const commits = (...steps: readonly string[]): string =>
  [...steps.map((step) => `run ${step}`), "run git add -A", "run git commit -qm Odd"].join("\n");

test("an ignored file whose name is no UTF-8, where a landing adds one: it is named, and nothing is changed (3)", async () => {
  const project = await projectOf({
    "pleach.toml": hostileToml,
    ".gitignore": "*.dat\n",
    "TASKS.md": scriptedTask(
      "Write it  id:T1",
      commits(`echo theirs > ${inShell(`${latin}.dat`)}`, "git add -f *.dat"),
    ),
  });
  writeFileSync(at(project.top, `${latin}.dat`), "only copy\n");
  const ran = await project.pleach("run", "--yes");
  expect(ran, ran.stdout).toMatchObject({ exitCode: 3 });
  expect(ran.stdout).toContain("caf\\xe9.dat");
  expect(readFileSync(at(project.top, `${latin}.dat`), "utf8")).toBe("only copy\n");
  expect(states(project)).toEqual({ T1: "needs-human" });
});

test("a file of the user beside one with another odd name: only the very same name is in the way", async () => {
  const project = await projectOf({
    "pleach.toml": hostileToml,
    ".gitignore": "*.dat\n",
    "TASKS.md": scriptedTask(
      "Write it  id:T1",
      commits(`echo theirs > ${inShell(`${latin}.dat`)}`, "git add -f *.dat"),
    ),
  });
  for (const name of [`${other}.dat`, "caf\ufffd.dat"])
    writeFileSync(at(project.top, name), "mine");
  const ran = await project.pleach("run", "--yes");
  expect(ran, ran.stdout).toMatchObject({ exitCode: 0 });
  expect(readFileSync(at(project.top, `${latin}.dat`), "utf8")).toBe("theirs\n");
  expect(readFileSync(at(project.top, `${other}.dat`), "utf8")).toBe("mine");
});

test("names that are no UTF-8 in the checkout and in tracks: copied, looked at, merged and landed to the byte", async () => {
  const write = (folder: string, name: string): string =>
    commits(
      `mkdir -p ${inShell(folder)}`,
      `echo ${folder.length} > ${inShell(`${folder}/${name}`)}`,
      `echo ${name.length} >> ${inShell(`${latin}.md`)}`,
    );
  const project = await projectOf({
    "pleach.toml": `${hostileToml}[worktrees]\ncopy = ["*.env", "keep/"]\n[soft]\n"*.md" = "union"\n`,
    ".gitignore": "*.env\nkeep/\n",
    "TASKS.md":
      scriptedTask("One  id:T1", write(latin, "a")) +
      scriptedTask("Two  id:T2", write(other, "bc")),
  });
  mkdirSync(at(project.top, "keep", latin), { recursive: true });
  for (const name of [`${latin}.env`, `${other}.env`, join("keep", latin, other)])
    writeFileSync(at(project.top, name), name);
  const ran = await project.pleach("run", "--yes");
  expect(ran, ran.stdout + ran.stderr).toMatchObject({ exitCode: 0 });
  expect(states(project)).toEqual({ T1: "landed", T2: "landed" });
  expect(readFileSync(at(project.top, latin, "a"), "utf8")).toBe("4\n");
  expect(readFileSync(at(project.top, other, "bc"), "utf8")).toBe("4\n");
  expect(
    readFileSync(at(project.top, `${latin}.md`), "utf8")
      .split("\n")
      .toSorted(),
  ).toEqual(["", "1", "2"]);
  expect(git(project.top, "status", "--porcelain")).toBe("");
});

test("odd names among files to be copied: every one is copied, and under no other name", async () => {
  const project = await projectOf({
    "pleach.toml": `${hostileToml}[worktrees]\ncopy = ["*.env", "keep/"]\n`,
    ".gitignore": "*.env\nkeep/\n",
    "TASKS.md": scriptedTask("One  id:T1", "run true"),
  });
  mkdirSync(at(project.top, "keep", latin), { recursive: true });
  const names = [`${latin}.env`, `${other}.env`, join("keep", latin, other)];
  for (const name of names) writeFileSync(at(project.top, name), name);
  await project.pleach("start", "one", "--task", "T1", "--yes", "--host", "headless");
  await until(project, "worker.ended");
  const tree = `${project.top}.trees/one`;
  expect(names.filter((name) => !existsSync(at(tree, name)))).toEqual([]);
  const listed = readdirSync(tree, { encoding: "buffer" }).map(decoded);
  expect(listed.filter((name) => name.endsWith(".env")).toSorted()).toEqual([
    `${other}.env`,
    `${latin}.env`,
  ]);
});

test("a checkout of the target in a folder whose name is no UTF-8: it is named, and nothing lands past it (3)", async () => {
  const project = await projectOf({
    "pleach.toml": hostileToml,
    "TASKS.md": scriptedTask("Write it  id:T1", commits("echo new > new.txt")),
  });
  const { top } = project;
  git(top, "switch", "-q", "-c", "other");
  const inside = (line: string) =>
    spawnSync("sh", ["-c", `cd ..; ${line}`], { cwd: top, env: project.env, encoding: "utf8" });
  inside(`git -C repo worktree add -q ../${inShell(latin)} main`);
  const before = git(top, "rev-parse", "main");
  const ran = await project.pleach("run", "--yes");
  expect(ran, ran.stdout).toMatchObject({ exitCode: 3 });
  expect(ran.stdout).toContain("caf\\xe9, whose name is not UTF-8");
  // While the target is rebased there, git does not list the folder as a checkout of the target.
  inside(`cd ${inShell(latin)} && GIT_SEQUENCE_EDITOR='echo break >' git rebase -q -i other`);
  const landed = await project.pleach("land", "new");
  expect(landed.stdout + landed.stderr).toContain("caf\\xe9, whose name is not UTF-8");
  expect(git(top, "rev-parse", "main")).toBe(before);
});
