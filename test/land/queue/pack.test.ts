import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Packing } from "../../../src/land/queue/pack.ts";
import { git, gitRepo, groundOf } from "../../support/repo.ts";
import { scratch } from "../../support/scratch.ts";

const looseIn = (repo: string): number =>
  Number(/^count: (\d+)$/m.exec(git(repo, "count-objects", "-v"))?.[1]);

/** Writes objects that nothing names. @returns their ids */
function writeObjects(repo: string, count: number): readonly string[] {
  const folder = scratch();
  mkdirSync(folder, { recursive: true });
  const files = Array.from({ length: count }, (_, at) => join(folder, `${at}`));
  for (const file of files) writeFileSync(file, file);
  const args = ["hash-object", "-w", "--stdin-paths"];
  const said = execFileSync("git", args, { cwd: repo, input: `${files.join("\n")}\n` });
  return said.toString().trim().split("\n");
}

test("many loose objects are packed, even those that nothing names; a few are left alone", async () => {
  const repo = gitRepo();
  const ground = await groundOf(repo);
  onTestFinished(() => ground.store.close());
  const packing = new Packing(ground);
  writeObjects(repo, 20);
  await packing.look();
  expect(looseIn(repo)).toBeGreaterThan(20);
  const ids = writeObjects(repo, 4_000);
  await packing.look();
  expect(looseIn(repo)).toBe(0);
  const asked = { cwd: repo, input: `${ids.join("\n")}\n` };
  const kinds = execFileSync("git", ["cat-file", "--batch-check=%(objecttype)"], asked).toString();
  expect(kinds).toBe("blob\n".repeat(4_000));
  expect(ground.store.events()).toEqual([]);
});
