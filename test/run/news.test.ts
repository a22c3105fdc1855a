import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Config } from "../../src/ground/config/config.ts";
import { landTrack } from "../../src/land/queue/land-track.ts";
import { tellOfLandings } from "../../src/run/news.ts";
import { allMessages } from "../../src/talk/message-store.ts";
import type { Track } from "../../src/track/track.ts";
import { trackFiles } from "../../src/track/track-files.ts";
import { recordTrack } from "../../src/track/track-store.ts";
import { testConfig } from "../support/config.ts";
import { readyTrack } from "../support/ready-track.ts";
import { commitFiles, git, gitRepo, groundOf, writeFiles } from "../support/repo.ts";

const inbox = (track: Track): string =>
  readFileSync(join(track.worktree, ".pleach/inbox.md"), "utf8");

/** Makes `auth`, ready to land and changing a.txt; `stale` changes it as well, `apart` does not. */
async function stage(refresh: Config["land"]["refresh"] = "tell") {
  const top = gitRepo({ "a.txt": "1\n2\n3\n4\n5\n6\n", "TASKS.md": "- [ ] Do  id:T1\n" });
  const ground = await groundOf(top);
  const land = { gate: [{ name: "gate", command: "true" }], refresh };
  const config = testConfig(top, { land });
  const auth = readyTrack(ground, config, "auth", {
    ...{ tasks: ["T1"], files: { "a.txt": "0\n2\n3\n4\n5\n6\n" } },
  });
  const growing = (name: string, files: Readonly<Record<string, string>>): Track => {
    const { name: track, worktree } = readyTrack(ground, config, name, { files });
    writeFiles(worktree, { ".pleach/inbox.md": "" });
    writeFiles(trackFiles(ground.repo.stateDir, track).folder, { "inbox.md": "" });
    return recordTrack(ground, track, { type: "track.started" });
  };
  const stale = growing("stale", { "a.txt": "1\n2\n3\n4\n5\n7\n" });
  const apart = growing("apart", { "b.txt": "b\n" });
  const land_ = async () =>
    expect(await landTrack(ground, config, auth.name)).toMatchObject({ outcome: "landed" });
  return {
    ...{ top, ground, auth, stale, apart, land: land_ },
    tell: async (mayMove = true) => await tellOfLandings(ground, config, () => mayMove),
    told: () => allMessages(ground.store).map(({ to }) => to),
  };
}

test("a track that changes the landed paths is told once, with the intent; the others find a line in their inbox", async () => {
  const { stale, apart, land, tell, told } = await stage();
  await tell();
  expect(told()).toEqual([]);
  await land();
  await tell();
  await tell();
  expect(told()).toEqual(["stale"]);
  expect(inbox(stale)).toMatch(/^## Landed in your files: auth\n[\s\S]*Task T1[\s\S]*- a\.txt\n/);
  expect(inbox(apart)).toMatch(/^## Landed: auth\n[\s\S]*Task T1/);
  expect(inbox(apart).match(/## Landed/g)).toHaveLength(1);
});

test("a track that already has the landing is told nothing, and none is when it is off", async () => {
  const { stale, land, tell, told } = await stage();
  await land();
  git(stale.worktree, "rebase", "--quiet", "main");
  await tell();
  expect(told()).toEqual([]);
  expect(inbox(stale)).toBe("");
  const off = await stage("off");
  await off.land();
  await off.tell();
  expect(inbox(off.stale) + inbox(off.apart)).toBe("");
});

test("a stale track without a worker is brought onto the target, if configured; a dirty one is told", async () => {
  const clean = await stage("rebase");
  await clean.land();
  await clean.tell();
  expect(clean.told()).toEqual([]);
  expect(git(clean.stale.worktree, "merge-base", "HEAD", "main")).toBe(
    git(clean.top, "rev-parse", "main"),
  );
  expect(git(clean.stale.worktree, "show", "HEAD:a.txt")).toBe("0\n2\n3\n4\n5\n7");
  const dirty = await stage("rebase");
  writeFiles(dirty.stale.worktree, { "b.txt": "half\n" });
  const tip = git(dirty.stale.worktree, "rev-parse", "HEAD");
  await dirty.land();
  await dirty.tell();
  expect([dirty.told(), git(dirty.stale.worktree, "rev-parse", "HEAD")]).toEqual([["stale"], tip]);
});

test("a track that would conflict, or is about to be worked on, stays as it is and is told", async () => {
  const conflicting = await stage("rebase");
  commitFiles(conflicting.stale.worktree, { "a.txt": "9\n2\n3\n4\n5\n6\n" });
  const tip = git(conflicting.stale.worktree, "rev-parse", "HEAD");
  await conflicting.land();
  await conflicting.tell();
  expect(git(conflicting.stale.worktree, "rev-parse", "HEAD")).toBe(tip);
  expect(git(conflicting.stale.worktree, "status", "--porcelain")).toBe("");
  const busy = await stage("rebase");
  await busy.land();
  await busy.tell(false);
  expect([conflicting.told(), busy.told()]).toEqual([["stale"], ["stale"]]);
});
