import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { git } from "../support/repo.ts";
import { landingOf, status, subjects, taskFile } from "./landing/landing-of.ts";

test("a track lands on the target's tip with its task ticked, and the checkout follows", async () => {
  const { top, act, state, ground } = await landingOf();
  const report = await act();
  expect(report).toMatchObject({ outcome: "landed", paths: ["TASKS.md", "auth.txt"] });
  expect(report.gate).toMatchObject({ command: "true", exitCode: 0 });
  expect(subjects(top)).toEqual(["Tick T1", "auth 1", "First"]);
  expect(
    git(top, "log", "-1", "--format=%(trailers:key=Pleach-Track,valueonly)", "main"),
  ).toContain("auth");
  const landed = git(top, "rev-parse", "main", "main^{tree}").split("\n");
  expect(landed).toEqual([report.commit, report.tree]);
  expect(status(top)).toBe("");
  expect(readFileSync(join(top, "TASKS.md"), "utf8")).toBe(taskFile("T1"));
  expect(state()).toEqual({ state: "landed", commit: report.commit });
  expect(ground.store.events().at(-1)).toMatchObject({ type: "landing.landed", track: "auth" });
});
