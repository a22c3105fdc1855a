import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../src/ground/proc/run.ts";
import { testEnv } from "../support/env.ts";
import { scratch } from "../support/scratch.ts";

const module = join(import.meta.dirname, "../../src/ground/whole-file.ts");

test("many processes write one file at once: none fails, and the file that stays is whole", async () => {
  const folder = scratch();
  const file = join(folder, "consent.json");
  const write = async (letter: string) => {
    const program = `import { writeWhole } from ${JSON.stringify(module)};
      for (let at = 0; at < 300; at += 1) writeWhole(${JSON.stringify(file)}, ${JSON.stringify(letter)}.repeat(5000));`;
    const argv = [process.execPath, "--input-type=module", "--eval", program] as const;
    const ran = await run(argv, { cwd: folder, env: testEnv(), timeoutMs: 50_000 });
    expect(ran.stderr.toString()).toBe("");
  };
  await Promise.all(["a", "b", "c", "d"].map(write));
  expect(readFileSync(file, "utf8")).toMatch(/^(.)\1{4999}$/);
  expect(readdirSync(folder)).toEqual(["consent.json"]);
});
