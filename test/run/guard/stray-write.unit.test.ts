import { resolve } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseTrackName } from "../../../src/ground/ids.ts";
import {
  everything,
  pathsNamed,
  strayWritesFrom,
  type WriteClue,
} from "../../../src/run/guard/stray-write.ts";
import { sentence } from "../../../src/watch/sentence.ts";

const clue = (track: string, path: string, how = "its Edit named it"): WriteClue => ({
  track: parseTrackName(track),
  how,
  path,
});

/** Formats stray writes as `TRACK or ?: paths`. */
const who = (changed: readonly string[], ...clues: readonly WriteClue[]): readonly string[] =>
  strayWritesFrom(changed, clues).map(({ track, paths }) => `${track ?? "?"}: ${paths.join()}`);

test("a worker is named by evidence, and none without evidence or with two candidates", () => {
  expect(who(["a", "b"], clue("auth", "a"))).toEqual(["auth: a", "?: b"]);
  expect(who(["a"], clue("auth", "a"), clue("docs", "a"))).toEqual(["?: a"]);
  expect(who(["a"], clue("auth", "a"), clue("auth", everything))).toEqual(["auth: a"]);
  expect(who(["src/a"], clue("auth", "src/"))).toEqual(["auth: src/a"]);
  expect(who(["a"], clue("auth", "b"))).toEqual(["?: a"]);
});

test("an ignored folder is only mentioned with evidence, and then by the written paths", () => {
  expect(who(["cache/"])).toEqual([]);
  expect(who(["cache/"], clue("auth", "cache/deep/x"))).toEqual(["auth: cache/deep/x"]);
  expect(who([".env"])).toEqual(["?: .env"]);
});

test("tools that write name paths, tools that look do not, and a command names its words", () => {
  const at = (path: string): string => resolve("/trees/auth", path);
  const named = (event: object) =>
    pathsNamed(JSON.stringify({ kind: "tool", ...event }), at)?.paths;
  expect(named({ tool: "Edit", paths: ["/repo/a"], detail: "" })).toEqual(["/repo/a"]);
  expect(named({ tool: "Write", paths: ["../../repo/a"] })).toEqual(["/repo/a"]);
  expect(named({ tool: "Read", paths: ["/repo/a"] })).toBeUndefined();
  expect(named({ tool: "Bash", paths: [], detail: "echo 'x y' >../../repo/a; ls" })).toEqual([
    "/repo/a",
  ]);
  fc.assert(fc.property(fc.string(), (line) => void pathsNamed(line, at)));
  fc.assert(fc.property(fc.json(), (line) => void pathsNamed(line, at)));
});

test("a worker's write outside needs the user, by name", () => {
  const event = {
    seq: 1,
    at: 0,
    type: "checkout.changed",
    paths: ["a"],
    how: "its Edit named it",
  } as const;
  expect(sentence({ ...event, track: parseTrackName("auth") })).toEqual({
    weight: "needs-you",
    text: "wrote outside its worktree, into your checkout: a (its Edit named it)",
  });
  expect(sentence(event).weight).toBe("normal");
});
