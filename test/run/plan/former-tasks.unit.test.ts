import { expect, test } from "vitest";
import { parseBacklog } from "../../../src/backlog/parse.ts";
import { asBranchName, parseSha, parseTrackName, type TrackName } from "../../../src/ground/ids.ts";
import { settleTasks } from "../../../src/run/plan/former-tasks.ts";
import {
  type Track,
  type TrackSeed,
  type TrackState,
  transition,
} from "../../../src/track/track.ts";

const sha = parseSha("0".repeat(40));
const read = (text: string) => parseBacklog(text, "TASKS.md");

function track(at: TrackState, text: string, name: TrackName = parseTrackName("a")): Track {
  const seed: TrackSeed = {
    name,
    branch: asBranchName(`work/${name}`),
    worktree: `/trees/${name}`,
    base: sha,
    target: asBranchName("main"),
    tasks: read(text).tasks,
    footprint: [],
    agent: "fixture",
    mode: "stream",
    host: "headless",
    permissions: "ask",
    prompt: "",
  };
  return { ...transition(undefined, { type: "track.planned", seed }, 1), at };
}

const open = (tasks: readonly { readonly done: boolean; readonly text: string }[]) =>
  tasks.filter(({ done }) => !done).map(({ text }) => text);

test("a landed task is done and one in hand is not, ticked or not", () => {
  const backlog = read("- [ ] One id:A\n- [x] Two id:B\n- [ ] Three id:C\n");
  const tracks = [
    track({ state: "landed", commit: sha }, "- [ ] One id:A\n"),
    track({ state: "landing", tip: sha }, "- [ ] Two id:B\n", parseTrackName("b")),
  ];
  expect(open(settleTasks(backlog, tracks).tasks)).toEqual(["Two", "Three"]);
});

test("an edited task without an id stays the task its track has in hand", () => {
  const before = "- [ ] Rotate the refresh tokens\n- [ ] Write the docs\n";
  const [first] = read(before).tasks;
  const growing = track({ state: "growing" }, "- [ ] Rotate the refresh tokens\n");
  const after = read("- [ ] Rotate all the refresh tokens\n- [ ] Write the docs\n");
  const { tasks, unclear } = settleTasks(after, [growing], { former: read(before).tasks });
  expect(tasks.map(({ id }) => id)[0]).toBe(first?.id);
  expect(unclear).toEqual([]);
});

test("a task that may have become one of two starts neither, and is told of", () => {
  const anchor = "- [ ] Write the docs id:Z\n";
  const before = "- [ ] Rotate the refresh tokens every hour\n";
  const growing = track({ state: "growing" }, before);
  const after = read(
    `${anchor}\n\n\n- [ ] Rotate the refresh tokens every day\n- [ ] Rotate the refresh tokens every week\n`,
  );
  const { tasks, unclear } = settleTasks(after, [growing], {
    former: read(anchor + before).tasks,
  });
  expect(unclear).toHaveLength(1);
  expect(open(tasks)).toEqual(["Write the docs"]);
});

test("a landed task does not make a similar one done, unless its tick is owed", () => {
  const [parser] = read("- [ ] Write unit tests for the parser\n").tasks;
  const done = track({ state: "landed", commit: sha }, "- [ ] Write unit tests for the parser\n");
  const later = read("- [ ] Write unit tests for the lexer\n");
  expect(open(settleTasks(later, [done]).tasks)).toEqual(["Write unit tests for the lexer"]);
  const owed = new Set(parser === undefined ? [] : [parser.id]);
  expect(open(settleTasks(later, [done], { owed }).tasks)).toEqual([]);
});
