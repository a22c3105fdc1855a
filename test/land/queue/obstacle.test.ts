import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseTrackName } from "../../../src/ground/ids.ts";
import { MergeQueue } from "../../../src/land/queue/merge-queue.ts";
import { testConfig } from "../../support/config.ts";
import { readyTrack } from "../../support/ready-track.ts";
import { gitRepo, groundOf, writeFiles } from "../../support/repo.ts";

test("a track that something of the user's is in the way of does not hold up those behind it", async () => {
  const top = gitRepo({ "README.md": "hello\n", ".gitignore": "*.env\n" });
  const ground = await groundOf(top);
  const gate = [{ name: "test", command: "true" }];
  const config = testConfig(top, { land: { gate, parallel: 2 } });
  const names = ["a", "b", "c"];
  for (const name of names) readyTrack(ground, config, name);
  // The files are tracked by the tracks, and ignored and present in the checkout.
  for (const name of ["one", "two"]) {
    readyTrack(ground, config, name, { files: { [`${name}.txt`]: "theirs\n" } });
    writeFiles(top, { ".git/info/exclude": "/.pleach/\n/one.txt\n/two.txt\n" });
    writeFiles(top, { [`${name}.txt`]: "mine\n" });
  }
  const queue = new MergeQueue(ground, config);
  const all = ["one", "two", ...names];
  const reports = await Promise.all(
    all.map(async (name) => await queue.land(parseTrackName(name))),
  );
  expect(reports.map(({ track, outcome }) => [track, outcome])).toEqual([
    ["one", "needs-human"],
    ["two", "needs-human"],
    ...names.map((name) => [name, "landed"]),
  ]);
  expect(readFileSync(join(top, "one.txt"), "utf8")).toBe("mine\n");
});
