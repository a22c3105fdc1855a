import { expect, test } from "vitest";
import { wholeTree } from "../../src/faces/cli/command-tree.ts";
import { verbs } from "../../src/faces/cli/verbs.ts";
import { parseTrackName } from "../../src/ground/ids.ts";
import type { DescribedVerb } from "../../src/verbs/described-verb.ts";
import { askedOf, leaveRefusal } from "../../src/verbs/leave.ts";
import { registry } from "../../src/verbs/registry.ts";
import type { Speaker } from "../../src/worker/speaker.ts";

const [one, two] = [parseTrackName("one"), parseTrackName("two")];
const worker: Speaker = { kind: "worker", track: two, evidence: "it is" };
const line: Speaker = { kind: "line", evidence: "it is" };

test("the options that the registry names are those of the verbs", async () => {
  const tree = await wholeTree(verbs, { version: "", write: () => undefined });
  const personal = ["--yes", "--accept-gate", "--no-gate", "--undo", "--expired"];
  for (const command of tree.commands) {
    const described: DescribedVerb | undefined = registry.find(
      ({ name }) => name === command.name(),
    );
    const { person = [], ownTrack = [] } = described?.leave ?? {};
    const has = command.options.flatMap(({ long }) => long ?? []);
    const named = [...person, ...ownTrack].filter((when) => when.startsWith("--"));
    expect(has).toEqual(expect.arrayContaining(named));
    if (person.includes("always")) continue;
    expect(named.filter((option) => personal.includes(option)).sort()).toEqual(
      has.filter((option) => personal.includes(option)).sort(),
    );
  }
});

interface Scene {
  readonly options?: readonly string[];
  readonly track?: typeof one;
  readonly isReviewed?: boolean;
  readonly isWaiting?: boolean;
}

/** The code of the refusal of a command line that is about a track, or `said`. */
function said(speaker: Speaker, verb: string, scene: Scene = {}): string {
  const { options = [], track = one, isReviewed = false, isWaiting = false } = scene;
  const asked = askedOf({ verb, options, named: [track] });
  if (asked === undefined) return "said";
  return leaveRefusal(asked, { speaker, track, isReviewed, isWaiting })?.error.code ?? "said";
}

test("a person may say everything, and so may whoever cannot be looked up", () => {
  const all = {
    options: ["--yes", "--accept-gate", "--message"],
    isReviewed: true,
    isWaiting: true,
  };
  for (const speaker of [{ kind: "person" }, { kind: "unknown", why: "" }] as const) {
    for (const { name: verb } of registry) expect(said(speaker, verb, all)).toBe("said");
  }
});

const persons = "speaker/not-the-person";

test("a worker lands without passing anything by, and not at all under review", () => {
  expect(said(worker, "land")).toBe("said");
  expect(said(worker, "land", { options: ["--json", "--strategy"] })).toBe("said");
  expect(said(worker, "land", { options: ["--accept-gate"] })).toBe(persons);
  expect(said(worker, "land", { isReviewed: true })).toBe(persons);
});

test("a track that waits for a person's decision waits for no worker's", () => {
  for (const verb of ["land", "start"]) {
    expect(said(worker, verb)).toBe("said");
    expect(said(worker, verb, { isWaiting: true })).toBe(persons);
  }
  expect(said(worker, "resume")).toBe(persons);
});

test("a worker reports about its own track alone, and a line about none", () => {
  expect(said(worker, "done", { track: two })).toBe("said");
  expect(said(worker, "done")).toBe("speaker/another-track");
  expect(said(worker, "handoff")).toBe("said");
  expect(said(worker, "handoff", { options: ["--message"] })).toBe("speaker/another-track");
  expect(said(line, "done", { track: two })).toBe("speaker/another-track");
});

test("a worker reads its own inbox, and not the person's", () => {
  expect(said(worker, "inbox", { track: two })).toBe("said");
  expect(said(worker, "inbox", { track: parseTrackName("human") })).toBe(persons);
});

test("a verb that the registry lacks is not for workers", () => {
  expect(said(worker, "new-verb")).toBe(persons);
});

test("the refusal is two lines: who says what, and how to ask for it", () => {
  const asked = askedOf({ verb: "land", options: ["--accept-gate"], named: ["one"] });
  const scene = { speaker: worker, track: one, isReviewed: true, isWaiting: false };
  const refusal = asked && leaveRefusal(asked, scene);
  expect(refusal?.said).toBe("pleach land --accept-gate under review");
  expect(refusal?.error.message).toBe(
    "`pleach land --accept-gate under review` is for the person in charge to say, and this is the worker of track two (it is)",
  );
  expect(refusal?.error.hint).toMatch(/^pleach tell human /);
});
