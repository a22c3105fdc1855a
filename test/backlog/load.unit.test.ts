import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadBacklog } from "../../src/backlog/load.ts";
import { scratch } from "../support/scratch.ts";

test("the backlog is the file as it stands on disk", async () => {
  const dir = scratch();
  await writeFile(join(dir, "TASKS.md"), "\uFEFF- [ ] a\r\n");
  const { file, tasks } = await loadBacklog(join(dir, "TASKS.md"), "TASKS.md");
  expect(file).toBe("TASKS.md");
  expect(tasks.map((task) => task.text)).toEqual(["a"]);
});

test.each([
  ["absent", "backlog/absent", "there is no TASKS.md"],
  ["a folder", "backlog/unreadable", "TASKS.md cannot be read: it is a folder"],
  ["a circle", "backlog/unreadable", "TASKS.md cannot be read: its symbolic links go in a circle"],
  ["garbage", "backlog/binary", "TASKS.md is not a text file: byte 3 is NUL"],
])("%s is refused in one clear sentence", async (kind, code, message) => {
  const dir = scratch();
  const path = join(dir, "TASKS.md");
  if (kind === "a folder") await mkdir(path);
  if (kind === "a circle") await symlink(path, path);
  if (kind === "garbage") await writeFile(path, new Uint8Array([1, 2, 0, 3]));
  await expect(loadBacklog(path, "TASKS.md")).rejects.toMatchObject({ code, message });
});
