import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/ground/config/load.ts";
import { landSteps } from "../../src/land/landing/landing.ts";
import { leftovers, ndjson, program, projectOf, until } from "../support/program.ts";
import { readyTrack } from "../support/ready-track.ts";
import { commitFiles, git } from "../support/repo.ts";
import { expectValid } from "../support/schema.ts";
import { serverOf } from "../support/tmux.ts";

const toml = 'agent = "scripted"\n[land]\ngate = "true"\n';

/** What the agent does: half of it is committed, the rest lies there, and it never ends. */
const script = `Work.
\`\`\`pleach
say hello from the agent
write done.txt <<END
done
END
commit Half of it
write left.txt <<END
left
END
run sleep 300
\`\`\`
`;

/** What the agent does that comes to its end. */
const lands = "Work.\n```pleach\nwrite a.txt <<END\na\nEND\ncommit Write a\n```\n";

test("a track by hand: started, looked at, stopped, dropped, restored, mended, landed, cleaned", async () => {
  const project = await projectOf({ "pleach.toml": toml, "prompt.md": script });
  const { top, env, pleach } = project;
  const worktree = join(dirname(top), "repo.trees/a");
  const inside = async (...args: readonly string[]) => await program(worktree, env, args);

  expect(await pleach("start", "a", "-f", "prompt.md")).toMatchObject({ exitCode: 4 });
  expect(await pleach("start", "a", "-f", "prompt.md", "--yes")).toMatchObject({ exitCode: 0 });
  await until(project, "worker.started", { track: "a" });
  await expect.poll(() => existsSync(join(worktree, "left.txt"))).toBe(true);
  expect(await pleach("start", "a", "--yes")).toMatchObject({ exitCode: 1 });

  const ls = JSON.parse((await pleach("ls", "--json")).stdout);
  expectValid("ls", ls);
  expect(ls.tracks).toMatchObject([
    { name: "a", state: "growing", changedPaths: ["done.txt", "left.txt"] },
  ]);
  const { stdout: diff } = await inside("diff");
  for (const line of ["+++ b/done.txt", "+done", "+++ b/left.txt", "+left"]) {
    expect(diff.split("\n")).toContain(line);
  }
  expect((await inside("logs")).stdout).toContain("hello from the agent\n");
  const transcript = ndjson((await pleach("logs", "a", "--json")).stdout);
  expect(transcript).toContainEqual(expect.objectContaining({ text: "hello from the agent" }));
  expect(await pleach("handoff", "a")).toMatchObject({ exitCode: 1 });
  expect(await inside("handoff", "-m", "Keep the old token")).toMatchObject({ exitCode: 0 });
  expect(await pleach("handoff", "a")).toMatchObject({ stdout: "Keep the old token\n" });
  expect((await inside("done", "-m", "All of it")).stdout).toContain("a: noted");

  expect(await pleach("stop", "a")).toMatchObject({ exitCode: 0 });
  expect(await leftovers(project)).toEqual([]);
  const refused = await pleach("land", "a", "--yes", "--json");
  expectValid("land", JSON.parse(refused.stdout));
  expect(refused).toMatchObject({ exitCode: 3 });

  const dropped = await pleach("drop", "a", "--yes", "--json");
  expect(dropped).toMatchObject({ exitCode: 0 });
  expectValid("drop", JSON.parse(dropped.stdout));
  expect(existsSync(worktree)).toBe(false);
  const list = JSON.parse((await pleach("restore", "--json")).stdout);
  expectValid("restore", list);
  expect(list.rescues).toMatchObject([{ track: "a" }]);
  const restored = await pleach("restore", "a", "--json");
  expectValid("restore", JSON.parse(restored.stdout));
  expect(readFileSync(join(worktree, "left.txt"), "utf8")).toBe("left\n");

  commitFiles(worktree, {}, "The rest of it");
  expect(await inside("done")).toMatchObject({ exitCode: 0 });
  const landed = await pleach("land", "--yes", "--json");
  expectValid("land", JSON.parse(landed.stdout));
  expect(landed).toMatchObject({ exitCode: 0 });
  expect(git(top, "log", "--format=%s", "main")).toBe("The rest of it\nHalf of it\nFirst");
  // As by a run: nothing is left that would have to be cleaned.
  expect(existsSync(worktree)).toBe(false);
  expect(git(top, "branch", "--list", "work/*")).toBe("");
  const cleaned = await pleach("clean", "--yes", "--json");
  expectValid("clean", JSON.parse(cleaned.stdout));
  expect(JSON.parse(cleaned.stdout).retired).toEqual([]);
});

test("a worker that says it is blocked waits for a person; what does not exist is refused by its code", async () => {
  const project = await projectOf({ "pleach.toml": toml, "prompt.md": script });
  const { top, env, pleach } = project;
  await pleach("start", "a", "-f", "prompt.md", "--yes");
  await until(project, "worker.started", { track: "a" });
  const worktree = join(dirname(top), "repo.trees/a");
  expect(await program(worktree, env, ["blocked", "Which of", "the two?"])).toMatchObject({
    exitCode: 0,
  });
  expect(await pleach("stop", "--all")).toMatchObject({ exitCode: 0 });
  expect((await pleach("status", "a")).stdout).toMatch(/pleach start a +a fresh worker/);
  writeFileSync(join(worktree, "left.txt"), "changed by a person\n");
  expect(await program(worktree, env, ["blocked", "Nobody is here"])).toMatchObject({
    exitCode: 3,
  });

  for (const verb of ["stop", "status", "logs", "diff", "handoff", "drop", "restore", "land"]) {
    const yes = ["drop", "land"].includes(verb) ? ["--yes"] : [];
    const { exitCode, stderr } = await pleach(verb, "nothing", ...yes);
    expect({ verb, exitCode, lines: stderr.trimEnd().split("\n").length }).toEqual({
      verb,
      exitCode: 2,
      lines: 2,
    });
  }
});

test("what is landed by hand is put away, in words of a person; where somebody is at work it stays", async () => {
  const { top, ground, pleach, env } = await projectOf({ "pleach.toml": toml });
  const config = await loadConfig(ground);
  const [a, b] = [readyTrack(ground, config, "a"), readyTrack(ground, config, "b")];
  const landed = await pleach("land", "a", "--yes");
  expect(landed, landed.stderr).toMatchObject({ exitCode: 0 });
  expect(landed.stderr).toContain("a: running the gate\n");
  for (const step of landSteps.filter((name) => name.includes("-"))) {
    expect(landed.stderr).not.toContain(`: ${step}\n`);
  }
  expect(existsSync(a.worktree)).toBe(false);
  expect(git(top, "branch", "--list", "work/a")).toBe("");
  const inside = await program(b.worktree, env, ["land", "--yes", "--json"]);
  expect(inside, inside.stderr).toMatchObject({ exitCode: 0 });
  const document = JSON.parse(inside.stdout);
  expectValid("land", document);
  expect(document).toMatchObject({
    landings: [{ track: "b", outcome: "landed" }],
    notes: [expect.stringContaining(`this command runs inside ${b.worktree}; later: pleach clean`)],
  });
  expect(existsSync(b.worktree)).toBe(true);
});

test("a worker's window goes with what is landed by hand, and with the last one its server", async () => {
  const project = await projectOf({ "pleach.toml": toml, "prompt.md": lands });
  const { ground, pleach } = project;
  const server = serverOf(ground);
  await pleach("start", "a", "-f", "prompt.md", "--host", "tmux", "--yes");
  await until(project, "track.ready", { track: "a" });
  expect(server("list-sessions")).toContain("pleach");
  const landed = await pleach("land", "a", "--yes");
  expect(landed, landed.stderr).toMatchObject({ exitCode: 0 });
  await expect.poll(() => server("list-sessions")).toMatch(/no server|error connecting/);
});
