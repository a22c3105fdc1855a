import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { copyProgram, launcher, root } from "../support/places.ts";
import { projectOf, type Ran, states } from "../support/program.ts";
import { git } from "../support/repo.ts";
import { scratch } from "../support/scratch.ts";
import { withFixtures } from "../support/sessions.ts";
import { tui } from "../support/terminal.ts";
import { pathWith } from "../support/tmux.ts";

/*
 * Tries the built program, installed on a machine where it gets no terminal: the module is not
 * there, its binary is not, or does not load; or there is no tmux.
 */

const binary = `node-pty-${process.platform}-${process.arch}`;

/** Makes a package folder of its own, whose terminal module is a copy that can be broken. */
function installed(breakIt: (modules: string) => void): string {
  const folder = join(scratch(), "pleach");
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@lydell"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name.startsWith(".") || name === "@lydell") continue;
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  cpSync(join(root, "node_modules/@lydell"), join(modules, "@lydell"), { recursive: true });
  breakIt(join(modules, "@lydell"));
  return copyProgram(folder);
}

function pleach(
  launcher: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Pick<Ran, "stdout" | "stderr" | "exitCode"> {
  const options = { cwd, env: { ...env }, encoding: "utf8", timeout: 90_000 } as const;
  const { stdout, stderr, status } = spawnSync(process.execPath, [launcher, ...args], options);
  return { stdout, stderr, exitCode: status };
}

const breaks: readonly (readonly [what: string, breakIt: (modules: string) => void])[] = [
  ["the module is not there", (modules) => rmSync(modules, { recursive: true })],
  ["its binary is not there", (modules) => rmSync(join(modules, binary), { recursive: true })],
  [
    "its binary does not load",
    (modules) => {
      const files = readdirSync(join(modules, binary), { recursive: true }).map(String);
      for (const file of files.filter((name) => name.endsWith(".node"))) {
        chmodSync(join(modules, binary, file), 0o644);
        writeFileSync(join(modules, binary, file), "not of this machine\n");
      }
    },
  ],
];

const toml = `agent = "claude"\nhost = "headless"\n[land]\ngate = "true"\n[agents.claude]\nmode = "terminal"\n`;
const tasks = "- [ ] One task-remind  id:T1 touches:work.txt\n";

test.each(breaks)(
  "%s: the lack of a terminal is told once, and the agent works by its structured output",
  async (_, breakIt) => {
    const launcher = installed(breakIt);
    const project = await projectOf({ "pleach.toml": toml, "TASKS.md": tasks });
    const { top, ground } = project;
    const env = withFixtures(project.env);
    const run = pleach(launcher, top, env, "run", "--yes", "--offline");
    expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining("no terminal")]);
    const told = `${run.stdout}${run.stderr}`.match(/no terminal can be had here: .*/g);
    expect(told).toEqual([
      expect.stringMatching(
        /; so agents work by their structured output, and nobody can attach; install pleach again for this platform$/,
      ),
    ]);
    expect(states(project)).toEqual({ T1: "landed" });
    expect(git(top, "show", "main:work.txt")).toBe("Reminded");
    const hosted = ground.store.events().filter(({ type }) => type === "worker.hosted");
    expect(hosted).toMatchObject([
      { mode: "stream", lost: expect.stringContaining("no terminal") },
    ]);
    const doctor = pleach(launcher, top, env, "doctor");
    expect(doctor.stdout).toMatch(/terminal .*no terminal can be had here/);
  },
);

test("a worker without tmux has a terminal and no window, and that is told", async () => {
  const command = JSON.stringify([tui, "{prompt}"]);
  const agent = `[agents.tui]\ncommand = ${command}\nmode = "terminal"\ndone_after = "3s"\n`;
  const project = await projectOf({
    "pleach.toml": `agent = "tui"\nhost = "tmux"\n[land]\ngate = "true"\n${agent}`,
    "TASKS.md": "- [ ] One  id:T1\n  SCRIPT: say hello; commit Work ENDSCRIPT\n",
  });
  const { top, ground } = project;
  const folder = pathWith(dirname(top), ["sh", "git", "env", "cat"]);
  const env = { ...project.env, PATH: `${folder}:${dirname(process.execPath)}` };
  const run = pleach(launcher, top, env, "run", "--yes", "--offline");
  expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining("tmux")]);
  expect(`${run.stdout}${run.stderr}`.match(/tmux is not on PATH.*/g)).toEqual([
    expect.stringMatching(
      /^tmux is not on PATH, so workers have no window of their own \(pleach attach TRACK goes to one's terminal\); install tmux \S+ or newer$/,
    ),
  ]);
  expect(states(project)).toEqual({ T1: "landed" });
  const hosted = ground.store.events().filter(({ type }) => type === "worker.hosted");
  expect(hosted).toMatchObject([{ mode: "terminal", host: "headless" }]);
  expect(ground.store.events().map(({ type }) => type)).toContain("worker.opened");
});
