import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hostileToml } from "../support/hostile.ts";
import { ndjson, projectOf, states } from "../support/program.ts";
import { git } from "../support/repo.ts";
import { scriptedTask, writes } from "../support/tasks.ts";

/*
 * Everything that all worktrees of a repository share, and any agent may write. Each test is a row
 * of docs/hostile.md: its name begins with the input.
 */

const taskOf = (steps: string): string =>
  scriptedTask("Write it  id:T1 touches:new.txt est:20m", steps);

const filesOf = (tasks: string) => ({ "pleach.toml": hostileToml, "TASKS.md": tasks });

/**
 * Builds the task of an agent that puts half of its work into a stash, and does something else when
 * asked.
 */
function stashing({ then = "true", asked }: { readonly then?: string; readonly asked: string }) {
  const puts = "echo half > half.txt; git add half.txt; git stash -q";
  const commits = "echo new > new.txt; git add new.txt; git commit -qm New";
  return taskOf(
    [
      `run if [ -e ../../asked ]; then ${asked}; fi`,
      `run if [ ! -e ../../asked ]; then ${puts}; ${then}; ${commits}; touch ../../asked; fi`,
    ].join("\n"),
  );
}

test("an agent that leaves work in a stash: reminded once, then it brings it back and lands", async () => {
  const asked = "git stash pop -q; git add -A; git commit -qm Half";
  const project = await projectOf(filesOf(stashing({ asked })));
  const ran = await project.pleach("run", "--yes", "--json");
  expect(ran, ran.stdout).toMatchObject({ exitCode: 0 });
  const reminded = ndjson(ran.stdout).filter(({ type }) => type === "worker.reminded");
  expect(reminded).toMatchObject([
    { missing: expect.stringMatching(/lies in the stash .*half\.txt/) },
  ]);
  expect(git(project.top, "show", "main:half.txt")).toBe("half");
});

test("an agent that leaves work in a stash for good: a person decides, not-done (3), and the stash is kept", async () => {
  const project = await projectOf(filesOf(stashing({ asked: "true" })));
  const ran = await project.pleach("run", "--yes");
  expect(ran, ran.stdout).toMatchObject({ exitCode: 3 });
  expect(ran.stdout).toMatch(/left work in the stash [0-9a-f]{10} \(stash@\{0\}\): half\.txt/);
  expect(states(project)).toEqual({ T1: "needs-human" });
  expect(git(project.top, "stash", "list")).toContain("work/new");
});

test("a stash that somebody else took out of the list: its agent is asked, and the stash is kept", async () => {
  const then = "sleep 1; git stash drop -q";
  const project = await projectOf(filesOf(stashing({ then, asked: "true" })));
  const ran = await project.pleach("run", "--yes", "--json");
  expect(ran, ran.stdout).toMatchObject({ exitCode: 0 });
  const reminded = ndjson(ran.stdout).filter(({ type }) => type === "worker.reminded");
  expect(reminded).toMatchObject([
    { missing: expect.stringContaining("not in the list any more") },
  ]);
  const [held = ""] = git(
    project.top,
    "for-each-ref",
    "--format=%(refname)",
    "refs/pleach/stash/",
  ).split("\n");
  expect(git(project.top, "show", `${held}:half.txt`)).toBe("half");
});

test("an agent that sets core.bare: the others go on, it lands, and doctor says how to undo that", async () => {
  const project = await projectOf(
    filesOf(taskOf(`run git config core.bare true\n${writes("new.txt")}`)),
  );
  const ran = await project.pleach("run", "--yes");
  expect(ran, ran.stdout + ran.stderr).toMatchObject({ exitCode: 0 });
  expect(git(project.top, "show", "main:new.txt")).toBe("new.txt");
  expect(readFileSync(join(project.top, "new.txt"), "utf8")).toBe("new.txt\n");
  const doctor = await project.pleach("doctor");
  expect(doctor.stdout).toMatch(/core\.bare is true .*\n.*config --file '.*' core\.bare false/);
  expect(await project.pleach("doctor", "--restore-config")).toMatchObject({
    stdout: expect.anything(),
  });
  expect(git(project.top, "config", "core.bare")).toBe("false");
});

test("a configuration that git cannot read: repo/damaged (4), stop works, and it can be put back", async () => {
  const project = await projectOf(filesOf(taskOf(writes("new.txt"))));
  expect(await project.pleach("run", "--yes")).toMatchObject({ exitCode: 0 });
  const config = join(project.top, ".git/config");
  const before = readFileSync(config, "utf8");
  appendFileSync(config, "garbage [\n");
  const listed = await project.pleach("ls");
  expect(listed).toMatchObject({
    exitCode: 4,
    stderr: expect.stringContaining("--restore-config"),
  });
  expect(listed.stderr).toContain("bad config line");
  expect(await project.pleach("stop", "--all")).toMatchObject({ exitCode: 0 });
  const restored = await project.pleach("doctor", "--restore-config");
  expect(readFileSync(config, "utf8").startsWith(before)).toBe(true);
  const aside = /kept in (\S+)/.exec(restored.stderr)?.[1] ?? "";
  expect(existsSync(aside) && readFileSync(aside, "utf8")).toContain("garbage");
  expect(await project.pleach("ls")).toMatchObject({ exitCode: 0 });
});
