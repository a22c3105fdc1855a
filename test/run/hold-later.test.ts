import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { behindNow } from "../../src/track/behind-store.ts";
import { allTracks } from "../../src/track/track-store.ts";
import { workersOf } from "../../src/worker/worker-store.ts";
import { cli } from "../support/cli.ts";
import { growRepo } from "../support/grow.ts";
import { git } from "../support/repo.ts";
import { expectValid } from "../support/schema.ts";

const waitFor = (test: string): string =>
  `i=0; until ${test} || [ $i -gt 300 ]; do sleep 0.1; i=$((i+1)); done`;
const commit = "git add a.txt && git commit -qm";

/**
 * Changes the same line as the other, unannounced. An agent that hears that it has to wait ends its
 * turn with its work half done; the other is done when the file `go` is there.
 */
const agent = (top: string): string =>
  `if [ "$(git show main:a.txt)" != one ]; then
     git checkout -q a.txt; git rebase -q main; echo both > a.txt; ${commit} later
   else
     echo "$PLEACH_TRACK" > a.txt; ${waitFor("grep -q 'Conflict ahead' .pleach/inbox.md")}
     if grep -q 'You land first' .pleach/inbox.md; then
       ${waitFor(`[ -f '${top}/../go' ]`)}; ${commit} earlier
     fi
   fi`;

const toml = (top: string): string => `workers = 2
agent = "one"
[land]
gate = "true"
[radar]
action = "hold-later"
[agents.one]
command = ["sh", "-c", ${JSON.stringify(agent(top))}]
`;

test("the later of two conflicting tracks begins no turn and does not land until the earlier has landed", async () => {
  const { ground, top } = await growRepo("", {
    ...{ "a.txt": "one\n", "TASKS.md": "# x\n\n- [ ] x  id:T1\n\n# y\n\n- [ ] y  id:T2\n" },
  });
  writeFileSync(join(top, "pleach.toml"), toml(top));
  git(top, "commit", "--quiet", "--all", "--message", "Configure");
  const options = { cwd: top, env: ground.env };
  const running = cli(["run", "--yes", "--offline"], options);
  const held = () =>
    allTracks(ground.store).flatMap(({ name, at }) =>
      "behind" in at ? [{ track: name, first: at.behind }] : [],
    );
  await expect.poll(held, { timeout: 60_000, interval: 50 }).toHaveLength(1);
  const [{ track, first }] = held() as [ReturnType<typeof held>[number]];
  expect(await behindNow(ground.store)).toEqual(new Map([[track, first]]));
  const listed = await cli(["ls", "--json"], options);
  expectValid("ls", JSON.parse(listed.stdout));
  expect(JSON.parse(listed.stdout).tracks).toContainEqual(
    expect.objectContaining({
      name: track,
      state: "held",
      reason: `behind ${first}`,
      behind: first,
    }),
  );
  expect(workersOf(ground.store, track, 0)).toHaveLength(1);
  writeFileSync(join(top, "../go"), "");
  const ended = await running;
  expect(ended, ended.stdout + ended.stderr).toMatchObject({ exitCode: 0 });
  expect(ended.stdout).toContain(
    `${track}: waits: ${first} changes the same places and lands first; then its work goes on`,
  );
  const subjects = git(top, "log", "--format=%s", "-4", "main").split("\n");
  expect(subjects.filter((subject) => !subject.startsWith("Tick"))).toEqual(["later", "earlier"]);
  expect(workersOf(ground.store, track, 0)).toHaveLength(2);
  expect(await behindNow(ground.store)).toEqual(new Map());
}, 120_000);
