import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { slug } from "../../../src/ground/ids.ts";
import { findInside } from "../../../src/ground/proc/find.ts";
import { allocatePorts, findPorts, freePorts } from "../../../src/grow/worktree/ports.ts";
import { provision, teardown } from "../../../src/grow/worktree/provision.ts";
import { type ConfigChanges, testConfig } from "../../support/config.ts";
import { testEnv } from "../../support/env.ts";
import { git, gitRepo, groundOf, writeFiles } from "../../support/repo.ts";
import { scratch } from "../../support/scratch.ts";

/** Makes a repository and a bare `git worktree add` of it, to be provisioned. */
async function treeOf(files: Record<string, string>, changes: ConfigChanges["worktrees"] = {}) {
  const top = gitRepo(files);
  const folder = join(top, "../tree");
  git(top, "worktree", "add", "--quiet", "--detach", folder);
  const config = testConfig(top, { worktrees: changes }).worktrees;
  const ground = await groundOf(top);
  const logFile = join(ground.repo.stateDir, "tracks/t/setup.log");
  const options = { folder, from: top, logFile, env: testEnv() };
  const act = async () => await provision(ground, config, options);
  return { top, folder, ground, config, options, act };
}

test("a workspace's packages resolve inside the new tree, whether linked relatively or not", async () => {
  const { top, folder, act } = await treeOf(
    {
      "package.json": '{"workspaces":["packages/*"]}',
      "packages/a/package.json": '{"name":"@x/a","main":"index.js"}',
      "packages/a/index.js": "module.exports = __filename;",
      "packages/b/package.json": '{"name":"@x/b"}',
      ".gitignore": "node_modules\n",
    },
    { clone: ["node_modules"] },
  );
  mkdirSync(join(top, "node_modules/@x"), { recursive: true });
  symlinkSync("../../packages/a", join(top, "node_modules/@x/a"));
  symlinkSync(join(top, "packages/b"), join(top, "node_modules/@x/b"));
  writeFiles(top, { "node_modules/dep/cli.js": "1", "packages/a/node_modules/own/index.js": "2" });
  execFileSync("chmod", ["755", join(top, "node_modules/dep/cli.js")]);
  utimesSync(join(top, "node_modules/dep"), 1_000, 1_000);
  expect(await act()).toMatchObject({ kind: "ready" });
  const main = execFileSync(process.execPath, ["-p", "require('@x/a')"], { cwd: folder });
  expect(main.toString().trim()).toBe(realpathSync(join(folder, "packages/a/index.js")));
  expect(readlinkSync(join(folder, "node_modules/@x/a"))).toBe("../../packages/a");
  expect(realpathSync(join(folder, "node_modules/@x/b"))).toBe(
    realpathSync(join(folder, "packages/b")),
  );
  expect(readFileSync(join(folder, "packages/a/node_modules/own/index.js"), "utf8")).toBe("2");
  expect(statSync(join(folder, "node_modules/dep/cli.js")).mode & 0o777).toBe(0o755);
  expect(statSync(join(folder, "node_modules/dep")).mtimeMs).toBe(1_000_000);
});

test("files of .worktreeinclude and copy come along; tracked and present ones stay as they are", async () => {
  const { top, folder, act } = await treeOf(
    { ".gitignore": ".env*\nlocal/\n", "tracked.txt": "old", ".worktreeinclude": "local/*.json\n" },
    { copy: [".env*"] },
  );
  writeFiles(top, {
    ".env": "A=1",
    'deep/ünï "$(x)"/.env.local': "B=2",
    "local/a.json": "{}",
    "local/b.txt": "not this",
    "tracked.txt": "edited",
  });
  writeFiles(folder, { ".env": "mine" });
  expect(await act()).toMatchObject({ kind: "ready" });
  expect(readFileSync(join(folder, ".env"), "utf8")).toBe("mine");
  expect(readFileSync(join(folder, 'deep/ünï "$(x)"/.env.local'), "utf8")).toBe("B=2");
  expect(existsSync(join(folder, "local/a.json"))).toBe(true);
  expect(existsSync(join(folder, "local/b.txt"))).toBe(false);
  expect(readFileSync(join(folder, "tracked.txt"), "utf8")).toBe("old");
  expect(await act()).toMatchObject({ kind: "ready" });
});

test("nothing is copied through a link that leads out of the worktree", async () => {
  const outside = scratch();
  const { top, folder, act } = await treeOf({ a: "a" }, { copy: ["/conf/*"] });
  writeFiles(top, { "conf/secret": "s" });
  symlinkSync(outside, join(folder, "conf"));
  expect(await act()).toMatchObject({
    kind: "failed",
    step: "copy",
    detail: expect.stringContaining("conf is a symbolic link"),
  });
  expect(existsSync(join(outside, "secret"))).toBe(false);
});

test("nested repositories and sockets are left out", async () => {
  const { top, folder, act } = await treeOf({ a: "a" }, { clone: ["stuff", "nested"] });
  writeFiles(top, { "stuff/file": "1" });
  git(top, "init", "--quiet", "nested");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(top, "stuff/socket"), resolve));
  expect(await act()).toMatchObject({ kind: "ready" });
  server.close();
  expect(existsSync(join(folder, "stuff/file"))).toBe(true);
  expect(existsSync(join(folder, "stuff/socket"))).toBe(false);
  expect(existsSync(join(folder, "nested"))).toBe(false);
});

test("a setup command that fails, or never ends, fails with its line, its log and no process left", async () => {
  const { folder, ground, options, config } = await treeOf({ a: "a" });
  const failing = { ...config, setup: ["echo one", "echo broken >&2; exit 9", "touch never"] };
  expect(await provision(ground, failing, options)).toEqual({
    kind: "failed",
    step: "setup",
    detail: "`echo broken >&2; exit 9`: exit code 9",
    logFile: options.logFile,
  });
  expect(readFileSync(options.logFile, "utf8")).toContain("broken\n");
  expect(lstatSync(options.logFile).mode & 0o777).toBe(0o600);
  expect(existsSync(join(folder, "never"))).toBe(false);
  const endless = { ...config, setup: ["setsid sleep 60 & sleep 60"], setupTimeoutMs: 200 };
  expect(await provision(ground, endless, options)).toMatchObject({
    detail: expect.stringContaining("time limit"),
  });
  expect(await findInside(realpathSync(folder))).toEqual({ kind: "known", processes: [] });
  const undoing = { ...config, teardown: ["false", "touch undone"] };
  expect(await teardown(ground, undoing, options)).toEqual(["`false`: exit code 1"]);
  expect(existsSync(join(folder, "undone"))).toBe(true);
});

test("submodules come from the main checkout's copy, with no network and no change of its configuration", async () => {
  const library = gitRepo({ "lib.txt": "library" });
  const { top, folder, act, options } = await treeOf({ a: "a" });
  git(
    top,
    "-c",
    "protocol.file.allow=always",
    "submodule",
    "--quiet",
    "add",
    library,
    "vendor/lib",
  );
  git(top, "commit", "--quiet", "--message", "Add library");
  git(folder, "checkout", "--quiet", "--detach", "main");
  git(top, "config", "submodule.vendor/lib.url", "https://unreachable.invalid/lib.git");
  const before = readFileSync(join(top, ".git/config"), "utf8");
  expect(await act()).toMatchObject({ kind: "ready" });
  expect(readFileSync(join(folder, "vendor/lib/lib.txt"), "utf8")).toBe("library");
  expect(git(join(folder, "vendor/lib"), "remote", "get-url", "origin")).toContain("unreachable");
  expect(readFileSync(join(top, ".git/config"), "utf8")).toBe(before);
  expect(existsSync(options.logFile)).toBe(false);
});

test("a block of ports is one track's alone, and free on both loopback addresses", async () => {
  const { store } = await groundOf(gitRepo());
  const [a, b, c] = [slug("a"), slug("b"), slug("c")];
  const first = await allocatePorts(store, a, 3);
  expect(await allocatePorts(store, a, 3)).toEqual(first);
  const busy = createServer();
  await new Promise<void>((resolve) => busy.listen(first.base + 4, "127.0.0.1", resolve));
  const second = await allocatePorts(store, b, 3);
  busy.close();
  expect(second.base).toBeGreaterThan(first.base + 4);
  freePorts(store, a);
  expect(findPorts(store, a)).toBeUndefined();
  expect((await allocatePorts(store, c, 3)).base).toBe(first.base);
});

test("files of an ignored folder that match no pattern stay out, and an empty list copies nothing", async () => {
  const { top, folder, act } = await treeOf({ a: "a" });
  writeFileSync(join(top, "untracked"), "x");
  expect(await act()).toMatchObject({ kind: "ready" });
  expect(existsSync(join(folder, "untracked"))).toBe(false);
});
