import { chmodSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Argv } from "../../../src/ground/proc/run.ts";
import { beginProgram } from "../../../src/ground/program.ts";
import { takeLease } from "../../../src/ground/store/lease.ts";
import {
  changedNames,
  fingerprint,
  rememberFingerprint,
} from "../../../src/run/guard/fingerprint.ts";
import { agentHooksCheck } from "../../../src/verbs/doctor/hook-check.ts";
import { cli } from "../../support/cli.ts";
import { testEnv } from "../../support/env.ts";
import { commitFiles, git, gitRepo, groundOf, writeFiles } from "../../support/repo.ts";
import { expectValid } from "../../support/schema.ts";
import { scratch } from "../../support/scratch.ts";

const env = () => ({ ...testEnv(), XDG_CONFIG_HOME: scratch(), XDG_STATE_HOME: scratch() });
const gone = { pid: 1, start: "0", boot: "11111111-1111-4111-8111-111111111111" };

async function doctor(
  cwd: string,
): Promise<{ exitCode: number; verdicts: Record<string, string> }> {
  const { exitCode, stdout } = await cli(["doctor", "--json"], { cwd, env: env() });
  const document = JSON.parse(stdout);
  expectValid("doctor", document);
  const checks: readonly { name: string; verdict: string }[] = document.checks;
  return {
    exitCode,
    verdicts: Object.fromEntries(checks.map(({ name, verdict }) => [name, verdict])),
  };
}

test("a sound repository is sound, and the wiring is repaired once", async () => {
  const repo = gitRepo({
    "pleach.toml": "agent = 'sh'\n[land]\ngate = 'true'\n[agents.sh]\ncommand = ['sh']\n",
  });
  const first = await doctor(repo);
  expect(first.exitCode).toBe(0);
  expect(first.verdicts).toMatchObject({
    repository: "ok",
    state: "ok",
    configuration: "ok",
    gate: "ok",
    consent: "warning",
    worktrees: "ok",
    "agent sh": "ok",
    "merge driver": "repaired",
    tampering: "ok",
    "agent hooks": "ok",
  });
  expect((await doctor(repo)).verdicts["merge driver"]).toBe("ok");
});

test("what is missing or wrong is said, each with its code", async () => {
  expect(await doctor(scratch())).toEqual({ exitCode: 4, verdicts: { repository: "failed" } });
  const repo = gitRepo({ "pleach.toml": "wrokers = 1\n" });
  expect(await doctor(repo)).toMatchObject({ exitCode: 1, verdicts: { configuration: "failed" } });
  commitFiles(repo, {
    "pleach.toml": "[worktrees]\nroot = 'trees'\n[agents.x]\ncommand = ['no-such-program']\n",
  });
  expect(await doctor(repo)).toMatchObject({
    exitCode: 4,
    verdicts: { "agent x": "failed", worktrees: "warning", gate: "warning" },
  });
});

test("an agent that would first ask whether it may work here is named", async () => {
  const repo = gitRepo({ "pleach.toml": "agent = 'claude'\n[agents.claude]\nmode = 'terminal'\n" });
  const home = scratch();
  const look = async () => {
    const { stdout } = await cli(["doctor", "--json"], {
      cwd: repo,
      env: { ...env(), HOME: home },
    });
    const checks: readonly { name: string; hint?: string }[] = JSON.parse(stdout).checks;
    return checks.find(({ name }) => name === "trust claude");
  };
  expect(await look()).toMatchObject({
    verdict: "warning",
    detail: expect.stringContaining(repo),
    hint: "start claude there once, and say yes",
  });
  const projects = { [repo]: { hasTrustDialogAccepted: true } };
  writeFiles(home, { ".claude.json": JSON.stringify({ projects }) });
  expect(await look()).toBeUndefined();
});

test("changes of .git/config and hooks since the workers started are named", async () => {
  const repo = gitRepo();
  const ground = await groundOf(repo);
  await rememberFingerprint(ground);
  expect((await doctor(repo)).verdicts["tampering"]).toBe("ok");
  const before = await fingerprint(ground);
  git(repo, "config", "branch.main.remote", "origin");
  git(repo, "config", "alias.st", "!curl evil");
  mkdirSync(join(repo, ".git/hooks"), { recursive: true });
  writeFiles(join(repo, ".git/hooks"), { "pre-commit": "#!/bin/sh\n" });
  const written = await fingerprint(ground);
  expect(changedNames(before, written)).toEqual(["config alias.st", "hooks/pre-commit"]);
  chmodSync(join(repo, ".git/hooks/pre-commit"), 0o755);
  expect(changedNames(written, await fingerprint(ground))).toEqual(["hooks/pre-commit"]);
  expect((await doctor(repo)).verdicts["tampering"]).toBe("warning");
});

test("leases and programs whose process has ended are shown as what they are", async () => {
  const repo = gitRepo();
  const ground = await groundOf(repo);
  await takeLease(ground.store, "run", gone, 0);
  beginProgram({ ...ground, self: gone }, { kind: "land", subject: "auth", facts: {} });
  expect((await doctor(repo)).verdicts).toMatchObject({
    "lease run": "ok",
    "land auth": "warning",
  });
});

test("hooks that nobody would hear are a warning, not silence", async () => {
  const ground = await groundOf(gitRepo());
  const deaf = (pleach: Argv) => ({ ...ground, invocation: { ...ground.invocation, pleach } });
  expect(await agentHooksCheck(ground)).toMatchObject({ verdict: "ok" });
  const folder = scratch();
  const launcher = join(folder, "pleach.js");
  expect(await agentHooksCheck(deaf(["node", launcher]))).toMatchObject({ verdict: "warning" });
  writeFiles(folder, { "hook.sh": "exit 0\n" });
  expect(await agentHooksCheck(deaf(["node", launcher]))).toMatchObject({
    verdict: "warning",
    detail: expect.stringContaining("nothing was heard"),
  });
  expect(readdirSync(ground.repo.stateDir).filter((name) => name.startsWith("hook-"))).toEqual([]);
});

test("a login that parallel sessions would take from each other is said in words", async () => {
  const repo = gitRepo({ "pleach.toml": 'agent = "claude"\nworkers = 3\n' });
  const [home, bin] = [scratch(), scratch()];
  writeFiles(home, { ".claude/.credentials.json": '{"claudeAiOauth":{"refreshToken":"secret"}}' });
  writeFiles(bin, { claude: "#!/bin/sh\necho 2.1.329\n" });
  chmodSync(join(bin, "claude"), 0o755);
  const none = { ANTHROPIC_API_KEY: "", ANTHROPIC_AUTH_TOKEN: "", CLAUDE_CODE_OAUTH_TOKEN: "" };
  const own = { ...env(), ...none, HOME: home, PATH: `${bin}:${testEnv()["PATH"]}` };
  const { CLAUDE_CONFIG_DIR: _, ...clean } = own as Record<string, string>;
  const said = await cli(["doctor"], { cwd: repo, env: clean });
  expect(said.stdout).toContain("3 sessions side by side may take the login away from each other");
  expect(said.stdout).toContain("claude setup-token");
  expect(said.stdout).not.toContain("secret");
});

test("the user's own settings and hooks elsewhere are seen like those of the repository", async () => {
  const repo = gitRepo({ "README.md": "hello\n", "hooks/pre-push": "exit 0\n" });
  const settings = join(repo, "../gitconfig");
  writeFiles(repo, {
    "../gitconfig": "[alias]\n\ta = status\n",
    "../hooks/pre-commit": "exit 0\n",
  });
  git(repo, "config", "core.hooksPath", join(repo, "../hooks"));
  const ground = await groundOf(repo, { ...testEnv(), GIT_CONFIG_GLOBAL: settings });
  const before = await fingerprint(ground);
  writeFiles(repo, { "../gitconfig": "[alias]\n\ta = !sh\n", "../hooks/pre-commit": "exit 1\n" });
  expect(changedNames(before, await fingerprint(ground))).toEqual([
    join(repo, "../hooks/pre-commit"),
    "global config alias.a",
  ]);
  git(repo, "config", "core.hooksPath", "hooks");
  const tracked = await fingerprint(ground);
  commitFiles(repo, { "hooks/pre-push": "exit 1\n" });
  writeFiles(repo, { "hooks/pre-commit": "exit 0\n" });
  expect(changedNames(tracked, await fingerprint(ground))).toEqual([
    join(repo, "hooks/pre-commit"),
  ]);
});
