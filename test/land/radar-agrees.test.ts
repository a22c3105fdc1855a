import { expect, test } from "vitest";
import { wireDriver } from "../../src/backlog/merge/wire.ts";
import type { SoftPath } from "../../src/ground/config/config.ts";
import { landTrack } from "../../src/land/queue/land-track.ts";
import { scanOnce } from "../../src/radar/open.ts";
import { overlapsOf } from "../../src/radar/overlap.ts";
import { trackSubjects } from "../../src/radar/subjects.ts";
import { allTracks } from "../../src/track/track-store.ts";
import { testConfig } from "../support/config.ts";
import { launcher } from "../support/places.ts";
import { readyTrack, type TrackChanges } from "../support/ready-track.ts";
import { git, gitRepo, groundOf } from "../support/repo.ts";

const lines = (...changed: readonly (readonly [at: number, text: string])[]): string =>
  Array.from({ length: 9 }, (_, at) => {
    const change = changed.find(([line]) => line === at);
    return `${change?.[1] ?? `line ${at}`}\n`;
  }).join("");

const tasks = "# Work\n\n- [ ] Task one\n- [ ] Task two\n\nThe end.\n";
const soft: readonly SoftPath[] = [
  { pattern: "CHANGELOG.md", policy: { kind: "union" } },
  { pattern: "notes/**", policy: { kind: "driver" } },
  { pattern: "**/*.lock", policy: { kind: "regenerate", command: "true" } },
];

type Files = NonNullable<TrackChanges["files"]>;
const scenes: readonly (readonly [what: string, first: Files, second: Files, verdict: string])[] = [
  ["other lines", { "a.txt": lines([0, "x"]) }, { "a.txt": lines([8, "y"]) }, "landed"],
  ["the same line", { "a.txt": lines([4, "x"]) }, { "a.txt": lines([4, "y"]) }, "conflict"],
  [
    "two entries of a list that unites",
    { "CHANGELOG.md": lines([4, "x"]) },
    { "CHANGELOG.md": lines([4, "y"]) },
    "landed",
  ],
  [
    "a list that unites, without its text",
    { "CHANGELOG.md": "\0one\n" },
    { "CHANGELOG.md": "\0two\n" },
    "conflict",
  ],
  ["a lockfile", { "sub/x.lock": "one\n" }, { "sub/x.lock": "two\n" }, "landed"],
  [
    "ticks",
    { "TASKS.md": tasks.replace("[ ] Task one", "[x] Task one") },
    { "TASKS.md": tasks.replace("[ ] Task two", "[x] Task two") },
    "landed",
  ],
  [
    "lines of text in the task file",
    { "TASKS.md": `${tasks}One is done.\n` },
    { "TASKS.md": `${tasks}Two is done.\n` },
    "landed",
  ],
  [
    "the words of one task",
    { "TASKS.md": tasks.replace("Task one", "Task one, first") },
    { "TASKS.md": tasks.replace("Task one", "Task one, second") },
    "conflict",
  ],
  [
    "the text of one line in the task file",
    { "TASKS.md": tasks.replace("The end", "My end") },
    { "TASKS.md": tasks.replace("The end", "No end") },
    "conflict",
  ],
  [
    "words in a file with the driver",
    { "notes/n.md": "- [ ] mine\n" },
    { "notes/n.md": "- [ ] yours\n" },
    "landed",
  ],
  [
    "a hard path beside a soft one",
    { "CHANGELOG.md": lines([4, "x"]), "a.txt": lines([4, "x"]) },
    { "CHANGELOG.md": lines([4, "y"]), "a.txt": lines([4, "y"]) },
    "conflict",
  ],
  [
    "a line that was changed and changed back",
    { "a.txt": lines([4, "x"]) },
    [{ "a.txt": lines([4, "y"]) }, { "a.txt": lines(), "b.txt": "b\n" }],
    "landed",
  ],
];

test.each(
  scenes.flatMap(([what, first, second, verdict]) =>
    [true, false].map(
      (wired) => [what, wired ? "with the driver" : "without", first, second, verdict] as const,
    ),
  ),
)(
  "what the radar says of two tracks is what their landings come to: %s, %s",
  async (_, wired, first, second, verdict) => {
    const top = gitRepo({
      ...{ "a.txt": lines(), "CHANGELOG.md": lines(), "TASKS.md": tasks },
      ...{ "sub/x.lock": "none\n", "notes/n.md": "- [ ] base\n" },
    });
    const ground = await groundOf(top);
    const config = testConfig(top, { soft, land: { gate: [{ name: "test", command: "true" }] } });
    if (wired === "with the driver") {
      await wireDriver(ground.git, { pleach: [process.execPath, launcher], file: config.tasks });
    }
    const tracks = [
      readyTrack(ground, config, "first", { files: first }),
      readyTrack(ground, config, "second", { files: second }),
    ] as const;
    const scan = await scanOnce(ground, config, trackSubjects(allTracks(ground.store)));
    const expected = overlapsOf(scan).length === 0 ? "landed" : "conflict";
    expect(await landTrack(ground, config, tracks[0].name)).toMatchObject({ outcome: "landed" });
    const report = await landTrack(ground, config, tracks[1].name);
    expect([expected, report.outcome]).toEqual([verdict, verdict]);
    expect(git(top, "show", "main:TASKS.md", "main:CHANGELOG.md")).not.toContain("<<<<<<<");
  },
);
