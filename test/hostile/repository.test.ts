import { existsSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  expectRefused,
  expectWorks,
  hostileToml,
  oneTask,
  plant,
  writeHook,
} from "../support/hostile.ts";
import { program, projectAt, projectOf, strangerEnv } from "../support/program.ts";
import { commitFiles, git, gitRepo } from "../support/repo.ts";
import { scratch } from "../support/scratch.ts";

/* Each test is a row of docs/hostile.md: its name begins with the input. */

const files = { "pleach.toml": hostileToml, "TASKS.md": oneTask };

test("no repository: refused, repo/none (4)", async () => {
  const folder = scratch();
  expectRefused(await program(folder, strangerEnv(folder), ["plan", "--json"]), "repo/none", 4);
});

test("a bare repository: refused, repo/bare (4)", async () => {
  const folder = scratch();
  git(folder, "init", "--quiet", "--bare", "bare.git");
  const ran = await program(join(folder, "bare.git"), strangerEnv(folder), ["plan", "--json"]);
  expectRefused(ran, "repo/bare", 4);
});

test("a worktree of a bare repository: works, and the one on its branch is the checkout", async () => {
  const origin = gitRepo();
  plant(origin);
  const bare = join(origin, "../bare.git");
  git(origin, "clone", "--quiet", "--bare", origin, bare);
  git(bare, "worktree", "add", "--quiet", "../one", "main");
  git(bare, "worktree", "add", "--quiet", "-b", "two", "../two");
  const project = await projectAt(join(origin, "../two"));
  expect(project.ground.repo.mainTop).toBe(join(realpathSync(join(origin, "..")), "one"));
  await expectWorks({ ...project, top: project.ground.repo.mainTop });
});

test("a repository without commits: refused, repo/empty (4)", async () => {
  const folder = scratch();
  git(folder, "init", "--quiet", "--initial-branch=main");
  expectRefused(await program(folder, strangerEnv(folder), ["plan", "--json"]), "repo/empty", 4);
});

test("a detached HEAD: works, and HEAD stays where it was", async () => {
  const project = await projectOf(files);
  const head = git(project.top, "rev-parse", "HEAD");
  git(project.top, "checkout", "--quiet", "--detach");
  await expectWorks(project);
  expect(git(project.top, "rev-parse", "HEAD")).toBe(head);
  expect(existsSync(join(project.top, "new.txt"))).toBe(false);
});

test("a shallow clone: works", async () => {
  const origin = gitRepo();
  plant(origin);
  const clone = join(origin, "../clone");
  git(origin, "clone", "--quiet", "--depth=1", `file://${origin}`, clone);
  await expectWorks(await projectAt(clone));
});

test("a sparse checkout: works, and stays sparse", async () => {
  const project = await projectOf({ ...files, "in/a": "1", "out/b": "2" });
  git(project.top, "sparse-checkout", "set", "in");
  await expectWorks(project);
  expect(existsSync(join(project.top, "out/b"))).toBe(false);
  expect(git(project.top, "status", "--porcelain")).toBe("");
});

test("submodules: work, and stay as they are", async () => {
  const library = gitRepo({ "lib.txt": "1\n" });
  const top = join(library, "../app");
  mkdirSync(top);
  git(top, "init", "--quiet", "--initial-branch=main");
  git(top, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "lib");
  plant(top);
  const project = await projectAt(top);
  await expectWorks(project);
  expect(git(top, "status", "--porcelain")).toBe("");
  expect(existsSync(join(top, "lib/lib.txt"))).toBe(true);
});

test("a worktree inside a worktree: works from there, on the same state", async () => {
  const { top } = await projectOf(files);
  const inner = join(top, "inner");
  git(top, "worktree", "add", "--quiet", "-b", "inner", inner);
  const project = await projectAt(inner);
  expect(project.ground.repo.stateDir).toBe(join(top, ".git/pleach"));
  await expectWorks(project);
  expect(existsSync(join(top, "new.txt"))).toBe(true);
});

test("a post-checkout hook that fails: no track starts, nothing is left, and the hook is named (1)", async () => {
  const project = await projectOf(files);
  writeHook(project.top, "post-checkout", "exit 1");
  const { exitCode, stdout } = await project.pleach("run", "--yes");
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/note: new: .*hook/);
  expect(git(project.top, "branch", "--list", "work/*")).toBe("");
  // The gate was tried on the target before, in the landing's own worktree.
  expect(readdirSync(join(project.top, "../repo.trees"))).toEqual([".integration-1"]);
});

test("the user rebasing main meanwhile: nothing is touched until they are done, then it lands (3)", async () => {
  const project = await projectOf(files);
  const { top } = project;
  git(top, "switch", "--quiet", "-c", "side");
  commitFiles(top, { "README.md": "side\n" });
  git(top, "switch", "--quiet", "main");
  commitFiles(top, { "README.md": "main\n" });
  expect(() => git(top, "rebase", "side")).toThrow("could not apply");
  const ran = await project.pleach("run", "--yes", "--offline");
  expect(ran, ran.stdout).toMatchObject({ exitCode: 3 });
  expect(ran.stdout).toContain("rebase");
  expect(existsSync(join(top, ".git/rebase-merge"))).toBe(true);
  git(top, "rebase", "--abort");
  expect(await project.pleach("land", "--yes", "new")).toMatchObject({ exitCode: 0 });
  expect(git(top, "log", "-3", "--format=%s", "main")).toBe("Tick T1\nWrite new.txt\nChange");
});
