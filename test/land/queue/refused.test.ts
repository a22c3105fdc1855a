import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openPrograms } from "../../../src/ground/program.ts";
import { MergeQueue } from "../../../src/land/queue/merge-queue.ts";
import { growRepo } from "../../support/grow.ts";
import { readyTrack } from "../../support/ready-track.ts";

/*
 * A checkout that cannot be touched keeps tracks out when they have been tested and the target is
 * about to move. Tracks behind them in the queue have their own turn.
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

/* An unforeseen error leaves the program of its landing open, owned by a process that lives. */
test.each(["queue:alone:begun", "queue:alone:ended", "land:gate:acted", "land:checkout:intent"])(
  "a landing that an error broke off at %s is brought to its end by the next landing of the same process",
  async (point) => {
    const { ground, config } = await growRepo('[land]\ngate = "true"\n', {
      "README.md": "hello\n",
    });
    for (const name of ["a", "b"]) readyTrack(ground, config, name, { files: own(name) });
    let isBroken = false;
    const fault = (at: string): void => {
      if (at !== point || isBroken) return;
      isBroken = true;
      throw new Error("the disk was full for a moment");
    };
    const queue = new MergeQueue({ ...ground, fault }, config);
    await expect(queue.land("a" as never)).rejects.toThrow("the disk was full for a moment");
    expect(openPrograms(ground.store, "land")).toHaveLength(1);
    expect(await queue.land("b" as never)).toMatchObject({ outcome: "landed" });
    expect(await queue.land("a" as never)).toMatchObject({ outcome: "landed" });
    expect(openPrograms(ground.store, "land")).toEqual([]);
  },
);
