import { expect, test } from "vitest";
import { wholeTree } from "../../src/faces/cli/command-tree.ts";
import { askedOf, leaves, refusalOf } from "../../src/faces/cli/leave.ts";
import { verbs } from "../../src/faces/cli/verbs.ts";
import { parseTrackName } from "../../src/ground/ids.ts";
import type { Speaker } from "../../src/grow/speaker.ts";

const [one, two] = [parseTrackName("one"), parseTrackName("two")];
const worker: Speaker = { kind: "worker", track: two, evidence: "it is" };
const line: Speaker = { kind: "line", evidence: "it is" };

test("the table has every verb, and its options are those of the verbs", async () => {
  expect(Object.keys(leaves)).toEqual(verbs.map(({ name }) => name));
  const tree = await wholeTree(verbs, { version: "", write: () => undefined });
  const personal = ["--yes", "--accept-gate", "--no-gate", "--undo", "--expired"];
  for (const command of tree.commands) {
    const leave = leaves[command.name()];
    if (leave === undefined) throw new Error(`${command.name()} is missing`);
    const has = command.options.flatMap(({ long }) => long ?? []);
    const named = typeof leave.verb === "object" ? leave.verb.ownTrackWith : [];
    expect(has).toEqual(expect.arrayContaining([...leave.options, ...named]));
    if (leave.verb === "person") continue;
    expect(leave.options.filter((option) => personal.includes(option)).sort()).toEqual(
      has.filter((option) => personal.includes(option)).sort(),
    );
  }
});

/** The code of the refusal of a command line that is about a track, or `said`. */
const said = (
  speaker: Speaker,
  verb: string,
  options: readonly string[] = [],
  { track = one, isReviewed = false } = {},
): string => refusalOf(askedOf({ verb, options }), { speaker, track, isReviewed })?.code ?? "said";

test("a person may say everything, and so may whoever cannot be looked up", () => {
  for (const speaker of [{ kind: "person" }, { kind: "unknown", why: "" }] as const) {
    for (const [verb, { options }] of Object.entries(leaves)) {
      expect(said(speaker, verb, options, { isReviewed: true })).toBe("said");
    }
  }
});

test("a worker lands without passing anything by, and not at all under review", () => {
  expect(said(worker, "land")).toBe("said");
  expect(said(worker, "land", ["--json", "--strategy"])).toBe("said");
  expect(said(worker, "land", ["--accept-gate"])).toBe("speaker/not-the-person");
  expect(said(worker, "land", [], { isReviewed: true })).toBe("speaker/not-the-person");
});

test("a worker reports about its own track alone, and a line about none", () => {
  expect(said(worker, "done", [], { track: two })).toBe("said");
  expect(said(worker, "done")).toBe("speaker/another-track");
  expect(said(worker, "handoff")).toBe("said");
  expect(said(worker, "handoff", ["--message"])).toBe("speaker/another-track");
  expect(said(line, "done", [], { track: two })).toBe("speaker/another-track");
});

test("a verb that the table lacks is not for workers", () => {
  expect(said(worker, "new-verb")).toBe("speaker/not-the-person");
});

test("the refusal is two lines: who says what, and how to ask for it", () => {
  const refusal = refusalOf(askedOf({ verb: "land", options: ["--accept-gate"] }), {
    ...{ speaker: worker, track: undefined, isReviewed: false },
  });
  expect(refusal?.message).toBe(
    "`pleach land --accept-gate` is for the person in charge to say, and this is the worker of track two (it is)",
  );
  expect(refusal?.hint).toMatch(/^pleach tell human /);
});
