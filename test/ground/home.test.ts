import { chmodSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cli } from "../support/cli.ts";
import { testEnv } from "../support/env.ts";
import { gitRepo } from "../support/repo.ts";
import { scratch } from "../support/scratch.ts";

const toml = `agent = "fixture"\n[land]\ngate = "true"\n[agents.fixture]\ncommand = ["true"]\n`;

/**
 * Makes the environment of a user whose home is a file, with a runtime folder that can be written.
 */
function homeless() {
  const folder = scratch();
  const home = join(folder, "home");
  writeFileSync(home, "");
  const runtime = join(folder, "runtime");
  mkdirSync(runtime, { mode: 0o700 });
  const { XDG_CONFIG_HOME, XDG_STATE_HOME, ...rest } = testEnv();
  const git = { GIT_CONFIG_GLOBAL: "/dev/null" };
  return { runtime, env: { ...rest, ...git, HOME: home, XDG_RUNTIME_DIR: runtime } };
}

test("consent is kept among temporary files, with a message, when the home cannot be written", async () => {
  const cwd = gitRepo({ "pleach.toml": toml, "TASKS.md": "" });
  const { env, runtime } = homeless();
  const first = await cli(["run", "--yes"], { cwd, env });
  expect(first.exitCode).toBe(0);
  expect(first.stderr).toContain(`your home cannot be written`);
  expect(first.stderr).toContain(`consent is kept in ${runtime}/pleach-`);
  const [folder = ""] = readdirSync(runtime);
  expect(lstatSync(join(runtime, folder)).mode & 0o077).toBe(0);
  // Consent given once lasts: the next run neither asks nor needs --yes.
  const second = await cli(["run"], { cwd, env });
  expect(second).toMatchObject({ exitCode: 0 });
  expect(second.stderr).not.toContain("consent");
});

test("a file in the place of the user's folder is not taken for the user's own", async () => {
  const cwd = gitRepo({ "pleach.toml": toml, "TASKS.md": "" });
  const { env, runtime } = homeless();
  const uid = process.getuid?.() ?? 0;
  writeFileSync(join(runtime, `pleach-${uid}`), "");
  chmodSync(join(runtime, `pleach-${uid}`), 0o644);
  const { exitCode, stderr } = await cli(["run", "--yes"], { cwd, env });
  expect(exitCode).toBe(4);
  expect(stderr).toContain("hint: set XDG_STATE_HOME to a folder of your own that can be written");
});
