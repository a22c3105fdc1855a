import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openPrograms } from "../../src/ground/program.ts";
import { MergeQueue } from "../../src/land/merge-queue.ts";
import { growRepo } from "../support/grow.ts";
import { readyTrack } from "../support/ready-track.ts";

/*
 * A checkout that cannot be touched keeps tracks out when they have been tested and the target is
 * about to move. Who waits behind them in the queue has its own turn.
 */

const toml = (parallel: number) => `[land]\ngate = "true"\nparallel = ${parallel}\n`;

/** Lands these tracks at once, each with its files, while the checkout has changes in README.md. */
async function landDirty(
  parallel: number,
  works: Readonly<Record<string, Readonly<Record<string, string>>>>,
) {
  const { ground, config, top } = await growRepo(toml(parallel), { "README.md": "hello\n" });
  for (const [name, files] of Object.entries(works)) readyTrack(ground, config, name, { files });
  writeFileSync(join(top, "README.md"), "mine\n");
  const queue = new MergeQueue(ground, config);
  const reports = await Promise.all(
    Object.keys(works).map(async (name) => await queue.land(name as never)),
  );
  expect(openPrograms(ground.store, "land")).toEqual([]);
  return Object.fromEntries(
    reports.map(({ track, outcome, reason }) => [track, reason ?? outcome]),
  );
}

const mine = (text: string) => ({ "README.md": `${text}\n` });
const own = (name: string) => ({ [`${name}.txt`]: `${name}\n` });

test.each([1, 2, 3])(
  "with %i gates at once, what a dirty checkout keeps out holds nobody else up",
  async (parallel) => {
    expect(await landDirty(parallel, { a: mine("a"), b: mine("b") })).toEqual({
      a: "dirty-target",
      b: "dirty-target",
    });
    expect(await landDirty(parallel, { a: mine("a"), b: own("b"), c: own("c") })).toEqual({
      ...{ a: "dirty-target", b: "landed", c: "landed" },
    });
  },
);
