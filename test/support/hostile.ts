import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Project, Ran } from "./program.ts";
import { commitFiles, git } from "./repo.ts";
import { scriptedTask, writes } from "./tasks.ts";

export const hostileToml = 'agent = "scripted"\ntarget = "main"\n[land]\ngate = "true"\n';

/** A backlog of one task that lands. */
export const oneTask = scriptedTask("Write it  id:T1 touches:new.txt est:20m", writes("new.txt"));

/** Commits the configuration and a backlog of one task into an existing repository. */
export function plant(top: string, tasks = oneTask): void {
  commitFiles(top, { "pleach.toml": hostileToml, "TASKS.md": tasks }, "Plant");
}

/** Runs the backlog of one task, and expects it on `main`, ticked, without any complaint. */
export async function expectWorks(project: Project): Promise<void> {
  const ran = await project.pleach("run", "--yes", "--offline");
  expect(ran, ran.stdout + ran.stderr).toMatchObject({ exitCode: 0 });
  expect(git(project.top, "log", "-2", "--format=%s", "main")).toBe("Tick T1\nWrite new.txt");
}

/** Expects two lines on stderr, the code in the document of `--json`, and the exit code. */
export function expectRefused({ exitCode, stdout, stderr }: Ran, code: string, exit: number): void {
  const document: unknown = JSON.parse(stdout);
  expect(document, stderr).toMatchObject({ error: { code, exitCode: exit } });
  expect(exitCode).toBe(exit);
  const lines = stderr
    .trimEnd()
    .split("\n")
    .filter((line) => !line.startsWith("note:"));
  expect(lines.map((line) => line.split(":")[0])).toEqual(["error", "hint"]);
}

/** Writes a hook of the user's own. */
export function writeHook(top: string, name: string, body: string): void {
  writeFileSync(join(top, ".git/hooks", name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}
