import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expectWorks, hostileToml } from "../support/hostile.ts";
import { ndjson, projectOf, states } from "../support/program.ts";
import { git } from "../support/repo.ts";
import { scriptedTask, writes } from "../support/tasks.ts";

/* Each test is a row of docs/hostile.md: its name begins with the input. */

const agentThat = (steps: string): string =>
  scriptedTask("Write it  id:T1 touches:new.txt est:20m", `${steps}\n${writes("new.txt")}`);

const filesOf = (steps: string) => ({ "pleach.toml": hostileToml, "TASKS.md": agentThat(steps) });

test("an agent that edits pleach.toml: its landing waits for a person (3)", async () => {
  const project = await projectOf(filesOf('run echo "# mine" >> pleach.toml'));
  const { exitCode, stdout } = await project.pleach("run", "--yes");
  expect(exitCode).toBe(3);
  expect(stdout).toContain("pleach land --accept-gate new");
  expect(states(project)).toEqual({ T1: "needs-human" });
  expect(git(project.top, "show", "main:pleach.toml")).not.toContain("mine");
});

test("an agent that writes .git/config and hooks: reported, by run and by doctor; no landing runs them", async () => {
  const project = await projectOf(
    filesOf(
      [
        "run git config alias.st '!touch pwned'",
        'run printf "#!/bin/sh\\ntouch pwned\\n" > "$(git rev-parse --git-common-dir)/hooks/post-merge"',
        'run printf "#!/bin/sh\\nexit 1\\n" > "$(git rev-parse --git-common-dir)/hooks/pre-rebase"',
        'run chmod +x "$(git rev-parse --git-common-dir)"/hooks/p*-*e',
      ].join("\n"),
    ),
  );
  const ran = await project.pleach("run", "--yes", "--json");
  expect(ran, ran.stdout).toMatchObject({ exitCode: 0 });
  const told = ndjson(ran.stdout);
  const paths = ["config alias.st", "hooks/post-merge", "hooks/pre-rebase"];
  expect(told.filter(({ type }) => type === "repository.changed")).toMatchObject([{ paths }]);
  expect(told.at(-1)).toMatchObject({ notes: [expect.stringContaining("config alias.st")] });
  expect((await project.pleach("doctor")).stdout).toContain("config alias.st");
  expect(existsSync(join(project.top, "pwned"))).toBe(false);
});

test("an agent that changes what else git reads (included files, attributes, replacements): each is reported", async () => {
  const common = '"$(git rev-parse --git-common-dir)"';
  const project = await projectOf(
    filesOf(
      [
        "run git config --file ../../included alias.st '!touch pwned'",
        `run git config include.path ../../included`,
        `run printf "*.bin diff=x\\n" >> ${common}/info/attributes`,
        `run printf "hidden.txt\\n" >> ${common}/info/exclude`,
        'run git replace "$(git rev-parse HEAD:TASKS.md)" "$(git hash-object -w pleach.toml)"',
      ].join("\n"),
    ),
  );
  const ran = await project.pleach("run", "--yes", "--json");
  const told = ndjson(ran.stdout).filter((event) => event.type === "repository.changed");
  const paths = told.flatMap(({ paths: named }) => named);
  expect(paths.map((path) => path.replace(/[0-9a-f]{40}$/, "SHA"))).toEqual([
    "config alias.st",
    "config include.path",
    "info/attributes",
    "info/exclude",
    "refs/replace/SHA",
  ]);
});

test("an agent that puts its commits onto the target itself: reported, with its track's name", async () => {
  const moves = 'run git update-ref refs/heads/main "$(git rev-parse HEAD)"';
  const project = await projectOf(filesOf(`${writes("sneak.txt")}\n${moves}`));
  const ran = await project.pleach("run", "--yes", "--json");
  const moved = ndjson(ran.stdout).filter(({ type }) => type === "target.moved");
  expect(moved, ran.stdout).toMatchObject([{ track: "new", target: "main" }]);
  expect(ran.stdout).toContain("that no gate has tested");
});

test("a gate that writes into the user's checkout: reported, by run and by land", async () => {
  const toml = hostileToml.replace(/gate = .*/, "gate = 'sh check.sh'");
  const files = { "pleach.toml": toml, "check.sh": "exit 0\n", "mine.txt": "mine\n" };
  const steps = 'run echo "echo theirs > ../../repo/mine.txt" > check.sh';
  const project = await projectOf({ ...files, "TASKS.md": agentThat(steps) });
  const ran = await project.pleach("run", "--yes", "--json");
  const changed = (stdout: string) =>
    ndjson(stdout).filter(({ type }) => type === "checkout.changed");
  expect(changed(ran.stdout), ran.stdout).toMatchObject([{ paths: ["mine.txt"] }]);
});

test("an agent that writes into the main checkout: reported; what it wrote stays there", async () => {
  const project = await projectOf(filesOf("run echo lost > ../../repo/lost.txt"));
  const ran = await project.pleach("run", "--yes", "--json");
  expect(ran, ran.stdout).toMatchObject({ exitCode: 0 });
  const changed = ndjson(ran.stdout).filter(({ type }) => type === "checkout.changed");
  expect(changed).toMatchObject([{ paths: ["lost.txt"] }]);
  expect(git(project.top, "status", "--porcelain")).toBe("?? lost.txt");
});

test("an agent that ticks its task itself: it lands all the same, ticked once", async () => {
  const project = await projectOf(filesOf("run sed -i 's/^- .../- [x]/' TASKS.md"));
  const ran = await project.pleach("run", "--yes");
  expect(ran, ran.stdout).toMatchObject({ exitCode: 0 });
  expect(git(project.top, "show", "main:TASKS.md").match(/^- \[x\]/gm)).toHaveLength(1);
});

test("an agent that is quiet about what it leaves running: it is ended with its worker", async () => {
  const project = await projectOf(filesOf("run setsid sleep 300 > /dev/null 2>&1 &"));
  await expectWorks(project);
});
