import { expect, test } from "vitest";
import { parseTrackName } from "../../../src/ground/ids.ts";
import { findLate } from "../../../src/land/landing/late.ts";
import { retire } from "../../../src/rescue/retire.ts";
import { recoverAll } from "../../../src/run/recover.ts";
import { requireTrack } from "../../../src/track/track-store.ts";
import { reasonOf, surveyTrack } from "../../../src/verbs/survey.ts";
import { commitFiles, git } from "../../support/repo.ts";
import { landingOf, status } from "./landing-of.ts";

const auth = parseTrackName("auth");

/** Makes a gate that commits into the worktree of the track, the given number of times. */
const committing = (times: number) => {
  const count = "n=$(cat ../count 2>/dev/null || echo 0)";
  const commit = "echo $n > late.txt && git add late.txt && git commit -qm late";
  const command = `${count}; [ $n -ge ${times} ] || { n=$((n+1)); echo $n > ../count; cd ../auth && ${commit}; }`;
  return [{ name: "test", command }];
};

test.each(["rebase", "squash", "merge"] as const)(
  "a commit that comes while the gate runs is said, and lands with the next landing (%s)",
  async (strategy) => {
    const land = { strategy, gate: committing(1) };
    const { top, act, state } = await landingOf({ config: { land } });
    const first = await act();
    expect(first).toMatchObject({ outcome: "landed", hint: "pleach land auth lands that as well" });
    expect(first.detail).toContain("1 commit came too late for it");
    expect(state()).toEqual({ state: "ready", tip: git(top, "rev-parse", "work/auth") });
    expect(git(top, "show", "main:auth.txt")).toBe("auth");
    const second = await act();
    expect(second).toMatchObject({ outcome: "landed", paths: ["late.txt"] });
    expect(second.detail).toBeUndefined();
    expect(state()).toMatchObject({ state: "landed" });
    expect(git(top, "show", "main:late.txt")).toBe("1");
    expect(status(top)).toBe("");
  },
);

test("work that landed before is left out of the next landing, even when the target has changed it since", async () => {
  const { top, act } = await landingOf({ config: { land: { gate: committing(1) } } });
  await act();
  commitFiles(top, { "auth.txt": "mended by a person\n" }, "Mend");
  expect(await act()).toMatchObject({ outcome: "landed", paths: ["late.txt"] });
  expect(git(top, "show", "main:auth.txt")).toBe("mended by a person");
});

test("a track that gets commits each time it lands is a person's to decide", async () => {
  const land = { tries: 2, gate: committing(9) };
  const { act, state } = await landingOf({ config: { land } });
  for (const _ of [1, 2]) {
    await act();
    expect(state()).toMatchObject({ state: "ready" });
  }
  await act();
  expect(state()).toMatchObject({
    ...{ state: "needs-human", reason: "not-done" },
    detail: "commits came onto work/auth each time it landed",
  });
});

test("commits that come after it has landed are shown, keep it from being put away, and make it ready again", async () => {
  const { top, act, state, track, ground, config } = await landingOf();
  await act();
  const looked = async () => await surveyTrack(ground, requireTrack(ground.store, auth));
  expect(reasonOf(await looked())).toBeUndefined();
  await recoverAll(ground, config);
  expect(state()).toMatchObject({ state: "landed" });
  commitFiles(track.worktree, { "late.txt": "late\n" }, "late");
  expect(await looked()).toMatchObject({ late: { commits: 1 } });
  expect(reasonOf(await looked())).toBe("late commits");
  await expect(retire(ground, config, auth, { findLate })).rejects.toMatchObject({
    code: "drop/late",
  });
  await recoverAll(ground, config);
  expect(state()).toEqual({ state: "ready", tip: git(top, "rev-parse", "work/auth") });
  expect(ground.store.events().at(-1)).toMatchObject({ type: "track.late", commits: 1 });
  expect(await act()).toMatchObject({ outcome: "landed", paths: ["late.txt"] });
});

test("a branch that was brought onto the target, or back, has no late commits", async () => {
  const { top, act, state, track, ground, config } = await landingOf();
  await act();
  for (const to of ["main", "main~1"]) {
    git(track.worktree, "reset", "-q", "--hard", to);
    await recoverAll(ground, config);
    expect(state()).toMatchObject({ state: "landed", commit: git(top, "rev-parse", "main") });
  }
});
