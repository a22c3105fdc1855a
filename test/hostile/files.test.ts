import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import { trackFiles } from "../../src/track/track-files.ts";
import { findTrack } from "../../src/track/track-store.ts";
import { expectRefused, hostileToml, oneTask } from "../support/hostile.ts";
import { type Project, projectAt, projectOf, until } from "../support/program.ts";
import { commitFiles, git, gitRepo } from "../support/repo.ts";
import { scriptedTask, writes } from "../support/tasks.ts";

/* Each test is a row of docs/hostile.md: its name begins with the input. */

const name = parseTrackName("one");

/** Makes a file of the user's own beside the repository, and reads it again later. */
function precious({ top }: { readonly top: string }) {
  const file = join(dirname(top), "precious");
  writeFileSync(file, "SECRET\n");
  return { file, now: () => readFileSync(file, "utf8") };
}

async function startOne(project: Project): Promise<void> {
  await project.pleach("start", "one", "--task", "T1", "--yes", "--host", "headless");
}

const stateOf = ({ ground }: Project) => findTrack(ground.store, name)?.at;

test.each([
  ["link", "ln -s ../../../precious .pleach/HANDOFF.md"],
  ["pipe", "mkfifo .pleach/HANDOFF.md"],
  ["folder", "mkdir -p .pleach/HANDOFF.md/in"],
])(
  "an agent that leaves a %s as .pleach/HANDOFF.md: it is not opened, the red landing is over, and the next worker waits for a person (3), who is told its name",
  async (_, leave) => {
    const tasks = scriptedTask(
      "Write it  id:T1",
      `run rm -f .pleach/HANDOFF.md; ${leave}\n${writes("new.txt")}`,
      writes("b"),
    );
    const project = await projectOf({
      "pleach.toml": hostileToml.replace("true", "false"),
      "TASKS.md": tasks,
    });
    const secret = precious(project);
    await startOne(project);
    await until(project, "track.ready");
    const landed = await project.pleach("land", "one");
    expect(landed.stdout + landed.stderr).toContain("/.pleach/HANDOFF.md is a");
    expect(stateOf(project)).toMatchObject({ state: "handed-back" });
    await project.pleach("start", "one", "--yes");
    await until(project, "track.blocked");
    const detail = expect.stringContaining("/.pleach/HANDOFF.md is a");
    expect(stateOf(project)).toMatchObject({ state: "needs-human", detail });
    const files = trackFiles(project.ground.repo.stateDir, name);
    expect(readFileSync(files.prompt, "utf8") + readFileSync(files.handoff, "utf8")).not.toContain(
      "SECRET",
    );
    expect(secret.now()).toBe("SECRET\n");
    const read = await project.pleach("handoff", "one", "--json");
    expectRefused(read, "worktree/odd-file", 3);
  },
);

test.each([
  ["prompt.md", (top: string) => link(top, ".pleach/prompt.md", "../../../precious")],
  ["inbox.md", (top: string) => link(top, ".pleach/inbox.md", "../../../precious")],
  ["the folder itself", (top: string) => link(top, ".pleach", "../../outside")],
])(
  "a repository in which .pleach has a link (%s): nothing is written through it, and its track waits for a person (3)",
  async (_, plant) => {
    const top = gitRepo({ "pleach.toml": hostileToml, "TASKS.md": oneTask });
    mkdirSync(join(dirname(top), "outside"));
    plant(top);
    commitFiles(top, {}, "Plant");
    const project = await projectAt(top);
    const secret = precious(project);
    await startOne(project);
    await until(project, "track.blocked");
    const detail = expect.stringContaining("is a symbolic link");
    expect(stateOf(project)).toMatchObject({ state: "needs-human", detail });
    expect(secret.now()).toBe("SECRET\n");
  },
);

function link(top: string, path: string, to: string): void {
  mkdirSync(dirname(join(top, path)), { recursive: true });
  symlinkSync(to, join(top, path));
}

test("a track that turns the folder of the task file into a link: nothing is ticked behind it", async () => {
  const steps =
    "run git rm -qr docs\nrun ln -s ../../outside docs\nrun git add docs\nrun git commit -qm Move";
  const project = await projectOf({
    "pleach.toml": `tasks = "docs/TASKS.md"\n${hostileToml}`,
    "docs/TASKS.md": scriptedTask("Write it  id:T1", steps),
  });
  const outside = join(dirname(project.top), "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "TASKS.md"), oneTask);
  await startOne(project);
  await until(project, "track.ready");
  await project.pleach("land", "one");
  await project.pleach("land", "one");
  expect(readFileSync(join(outside, "TASKS.md"), "utf8")).toBe(oneTask);
});

test("a soft path that both sides made a link: it is handed back, and nothing is written behind it", async () => {
  const steps =
    "run ln -sfn ../../precious NOTES.md\nrun git add NOTES.md\nrun git commit -qm Link";
  const project = await projectOf({
    "pleach.toml": `${hostileToml}[soft]\n"NOTES.md" = "union"\n`,
    "NOTES.md": "notes\n",
    "TASKS.md": scriptedTask("Write it  id:T1", steps),
  });
  const secret = precious(project);
  await startOne(project);
  await until(project, "track.ready");
  git(project.top, "rm", "-q", "NOTES.md");
  link(project.top, "NOTES.md", secret.file);
  commitFiles(project.top, {}, "Link it as well");
  await project.pleach("land", "one");
  expect(stateOf(project)).toMatchObject({ state: "handed-back", paths: ["NOTES.md"] });
  expect(secret.now()).toBe("SECRET\n");
});

test("a task file that is a pipe: refused at once, backlog/unreadable (2)", async () => {
  const project = await projectOf({ "pleach.toml": hostileToml, "TASKS.md": oneTask });
  spawnSync("sh", ["-c", "rm TASKS.md && mkfifo TASKS.md"], { cwd: project.top });
  expectRefused(await project.pleach("plan", "--json"), "backlog/unreadable", 2);
});
