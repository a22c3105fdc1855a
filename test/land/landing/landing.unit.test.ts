import fc from "fast-check";
import { expect, test } from "vitest";
import { parseGitStatus } from "../../../src/ground/git/status.ts";
import { asBranchName, asRepoPath, parseSha, slug } from "../../../src/ground/ids.ts";
import { type Disk, findInTheWay, findObstacle } from "../../../src/land/advance/obstacles.ts";
import {
  type LandingFacts,
  type LandingVerdict,
  landSteps,
  mayHaveTouched,
  nextStep,
} from "../../../src/land/landing/landing.ts";
import { tickMessage } from "../../../src/land/weave/tick.ts";
import { taskOf } from "../../support/ready-track.ts";

const sha = (digit: string) => parseSha(digit.repeat(40));
const facts: LandingFacts = {
  ...{ track: slug("auth"), target: asBranchName("main"), strategy: "rebase" },
  ...{ acceptGate: false, noGate: false, onto: sha("a"), commit: sha("b") },
};
const entry = { mode: "100644", sha: sha("c") };
const verdict = (outcome: LandingVerdict["outcome"]): LandingVerdict => ({
  ...{ outcome, reason: "r", detail: "d", hint: "h", paths: [] },
});

function path(of: LandingFacts): readonly string[] {
  const steps: string[] = [];
  for (let step = nextStep(undefined, of); step !== undefined; step = nextStep(step, of)) {
    steps.push(step);
  }
  return steps;
}

test("a landing takes only the steps it needs, in their order", () => {
  const plain = ["verify", "integrate", "tick", "gate", "survey", "swap-ref", "record"];
  expect(path(facts)).toEqual(plain);
  const tasks = { staged: false };
  const whole = {
    checkouts: [{ folder: "/r", gitDir: "/r/.git", tasks }],
    regenerate: [{ command: "x", paths: [] }],
  };
  expect(path({ ...facts, ...whole })).toEqual(landSteps.slice(0, -2));
  expect(path({ ...facts, commit: sha("a") })).toEqual(["verify", "integrate", "tick", "record"]);
  expect(path({ ...facts, noGate: true })).not.toContain("gate");
});

test("a checkout that may have been touched is rolled back, and no other, whatever stops the landing", () => {
  const outcomes = fc.constantFrom("conflict", "red", "timeout", "moved", "refused", "needs-human");
  fc.assert(
    fc.property(fc.constantFrom(...landSteps.slice(0, -3)), outcomes, (step, outcome) => {
      const next = nextStep(step, {
        ...facts,
        verdict: verdict(outcome as LandingVerdict["outcome"]),
      });
      if (mayHaveTouched(step)) expect(next).toBe("roll-back");
      else expect(["hand-back", undefined]).toContain(next);
    }),
  );
});

const disk = (files: readonly string[]): Disk => ({
  kindOf: (at) =>
    files.includes(at)
      ? "file"
      : files.some((file) => file.startsWith(`${at}/`))
        ? "folder"
        : "none",
  below: (folder) => files.filter((file) => file.startsWith(`${folder}/`)),
});
const added = (at: string) => ({ path: asRepoPath(at), before: undefined, after: entry });
const removed = (at: string) => ({ path: asRepoPath(at), before: entry, after: undefined });

test("an added path is blocked by anything there, except paths that the same change removes", () => {
  expect(findInTheWay([added("a/b")], disk([]))).toEqual([]);
  expect(findInTheWay([added("a/b"), added("a/c")], disk(["a"]))).toEqual(["a"]);
  expect(findInTheWay([added("a/b")], disk(["a/b/c"]))).toEqual(["a/b"]);
  expect(findInTheWay([added("a/b"), removed("a")], disk(["a"]))).toEqual([]);
  expect(findInTheWay([added("a"), removed("a/b")], disk(["a/b"]))).toEqual([]);
  expect(findInTheWay([added("a"), removed("a/b")], disk(["a/b", "a/ignored"]))).toEqual(["a"]);
});

test("dirt elsewhere, and in the task file, is no obstacle", () => {
  const { entries: status } = parseGitStatus([
    `1 .M N... 100644 100644 100644 ${sha("1")} ${sha("1")} with space.txt`,
    `1 M. N... 100644 100644 100644 ${sha("1")} ${sha("2")} TASKS.md`,
    `1 .M SC.. 160000 160000 160000 ${sha("1")} ${sha("1")} sub`,
  ]);
  const seen = { folder: "/r", operation: undefined, status, inTheWay: [] };
  const change = (at: string) => ({ path: asRepoPath(at), before: entry, after: entry });
  expect(findObstacle(seen, [change("other"), change("TASKS.md")], "TASKS.md")).toBeUndefined();
  expect(findObstacle(seen, [change("with space.txt")], "TASKS.md")).toMatchObject({
    kind: "dirty",
    paths: ["with space.txt"],
  });
});

test("the tick commit names ids, or texts, or their number", () => {
  expect(tickMessage([taskOf("T3"), taskOf("T4")], "auth")).toBe(
    "Tick T3, T4\n\nPleach-Track: auth\n",
  );
  const nameless = taskOf("t1234", "Rotate the tokens \x1b[31mnow", false);
  expect(tickMessage([nameless], "auth")).toContain('Tick "Rotate the tokens \\x1b[31mnow"');
  const many = Array.from({ length: 20 }, (_, at) => taskOf(`LONG-ID-${at}`));
  expect(tickMessage(many, "auth").split("\n")[0]).toBe("Tick 20 tasks");
});
