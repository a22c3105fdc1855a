import { mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { treeEnvironment, workerEnvironment } from "../../../src/grow/worktree/environment.ts";
import { leadTo } from "../../../src/grow/worktree/tree-environment.ts";
import { scratch } from "../../support/scratch.ts";

const [main, tree] = ["/home/u/repo", "/home/u/repo.trees/one"];
const repo = { mainTop: main, top: main };
const led = (env: Record<string, string>) =>
  leadTo(env, { tree, others: [main], resolved: (path) => path });

describe("a value that names the main checkout names the tree that something runs in", () => {
  test.each([
    ["PYTHONPATH", `${main}/src:/usr/lib/py`, `${tree}/src:/usr/lib/py`],
    ["VIRTUAL_ENV", `${main}/.venv`, `${tree}/.venv`],
    ["PATH", `${main}/node_modules/.bin:/usr/bin`, `${tree}/node_modules/.bin:/usr/bin`],
    ["NODE_PATH", main, tree],
    [
      "NODE_OPTIONS",
      `--require ${main}/.pnp.cjs --max-old-space-size=9`,
      `--require ${tree}/.pnp.cjs --max-old-space-size=9`,
    ],
    ["GOWORK", `${main}/go.work`, `${tree}/go.work`],
    ["CARGO_TARGET_DIR", `${main}/target`, `${tree}/target`],
    ["CFLAGS", `-I${main}/include -O2`, `-I${tree}/include -O2`],
    ["SOME_URL", `file://${main}/a.js`, `file://${tree}/a.js`],
    ["QUOTED", `--x="${main}"`, `--x="${tree}"`],
  ])("%s", (name, value, own) => {
    expect(led({ [name]: value })).toEqual({ env: { [name]: own }, led: [name] });
  });
});

describe("a value that only looks like the main checkout, or is a person's own, stays", () => {
  test.each([
    ["PATH", "/home/u/repo-other/bin:/home/u/repository:/x/home/u/repo/bin"],
    ["PYTHONPATH", `${tree}/src`],
    ["HOME", `${main}/home`],
    ["SSL_CERT_FILE", `${main}/ca.pem`],
    ["GOOGLE_APPLICATION_CREDENTIALS", `${main}/key.json`],
    ["CLAUDE_CONFIG_DIR", `${main}/.claude-of-mine`],
    ["TEXT", "a/b:c"],
  ])("%s=%s", (name, value) => {
    expect(led({ [name]: value })).toEqual({ env: { [name]: value }, led: [] });
  });
});

test("an environment that was led once stays as it is", () => {
  const part = fc.constantFrom(main, tree, ":", "/", "-I", " ", "x", `${main}/a`, "=", "/usr/bin");
  const value = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom("A", "PATH", "B"), value), (env) => {
      const once = led(env).env;
      expect(led(once)).toEqual({ env: once, led: [] });
    }),
  );
});

test("a link that leads into the main checkout is followed, and so is its top spelled by a link", () => {
  const folder = realpathSync(scratch());
  const top = join(folder, "repo");
  mkdirSync(join(top, "src"), { recursive: true });
  symlinkSync(top, join(folder, "link"));
  symlinkSync(join(top, "src"), join(folder, "lib"));
  const env = {
    PWD: join(folder, "link/src"),
    PYTHONPATH: `${folder}/lib:${folder}/link/src`,
    CFLAGS: `-I${folder}/link/include`,
  };
  const own = treeEnvironment({ env, repo: { mainTop: top, top } }, "/t");
  expect(own.env).toMatchObject({ PYTHONPATH: "/t/src:/t/src", CFLAGS: "-I/t/include" });
  expect(own.led).toEqual(["CFLAGS", "PYTHONPATH"]);
});

test("a person's settings of node and npm stay, npm's own for its scripts go", () => {
  const own = { NODE_OPTIONS: "--max-old-space-size=4096", npm_config_registry: "https://x/" };
  const person = { ...own, npm_config_user_agent: "mine" };
  expect(workerEnvironment({ env: person, repo }, tree)).toMatchObject(person);
  const byNpm = { npm_execpath: "/npm", npm_lifecycle_event: "dev", npm_package_json: "/p" };
  const under = workerEnvironment({ env: { ...person, ...byNpm }, repo }, tree);
  const names = Object.keys(under).filter((name) => name.startsWith("npm_"));
  expect([under, names]).toMatchObject([own, ["npm_config_registry"]]);
});

test("an editor's debugger is not taken for a person's option", () => {
  const bootloader = "--require /opt/code/ms-vscode.js-debug/src/bootloader.js";
  const env = { NODE_OPTIONS: `${bootloader} --no-warnings`, VSCODE_INSPECTOR_OPTIONS: "{}" };
  const own = workerEnvironment({ env, repo }, tree);
  expect(own["NODE_OPTIONS"]).toBe("--no-warnings");
  expect(own["VSCODE_INSPECTOR_OPTIONS"]).toBeUndefined();
});

test("the state direnv left of the caller's folder goes", () => {
  const env = { DIRENV_DIR: `-${main}`, DIRENV_DIFF: "x", DIRENV_WATCHES: "y", KEPT: "z" };
  expect(workerEnvironment({ env, repo }, tree)).toEqual({
    ...{ KEPT: "z", GIT_EDITOR: "true", GIT_TERMINAL_PROMPT: "0" },
  });
});
