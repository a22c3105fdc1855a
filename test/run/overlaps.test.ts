import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Ground } from "../../src/ground/ground.ts";
import { parseSha } from "../../src/ground/ids.ts";
import { openRadar } from "../../src/radar/open.ts";
import { touchesOf } from "../../src/radar/touch-store.ts";
import { unseenAmong } from "../../src/run/order.ts";
import { followOverlaps, lookOnce } from "../../src/run/overlaps.ts";
import type { Track } from "../../src/track/track.ts";
import { trackFiles } from "../../src/track/track-files.ts";
import { recordTrack } from "../../src/track/track-store.ts";
import { formatLs, surveyTracks } from "../../src/verbs/survey.ts";
import { sentence } from "../../src/watch/sentence.ts";
import { cli } from "../support/cli.ts";
import { testConfig } from "../support/config.ts";
import { testEnv } from "../support/env.ts";
import { eventsOf } from "../support/events.ts";
import { growTrack, landTrack } from "../support/growing.ts";
import { commitFiles, git, gitRepo, groundOf, writeFiles } from "../support/repo.ts";
import { expectValid } from "../support/schema.ts";

const told = (ground: Ground): readonly unknown[] =>
  eventsOf(ground.store, "radar.overlapped").map(({ tracks, paths }) => [tracks, paths]);

const inbox = (track: Track): string =>
  readFileSync(join(track.worktree, ".pleach/inbox.md"), "utf8");

async function twoTracks(): Promise<{ ground: Ground; auth: Track; billing: Track; repo: string }> {
  const repo = gitRepo({ "a.txt": "one\n", "b.txt": "one\n", ".gitignore": ".pleach/\n" });
  const ground = await groundOf(repo);
  const config = testConfig(repo);
  const [auth, billing] = [growTrack(ground, config, "auth"), growTrack(ground, config, "billing")];
  for (const { name, worktree } of [auth, billing]) {
    writeFiles(worktree, { ".pleach/inbox.md": "" });
    writeFiles(trackFiles(ground.repo.stateDir, name).folder, { "inbox.md": "" });
  }
  return { ground, auth, billing, repo };
}

test("both tracks are told once of each path, with the other's intent; the journal says it", async () => {
  const { ground, auth, billing, repo } = await twoTracks();
  const radar = openRadar(ground, testConfig(repo));
  const look = async () => await lookOnce(ground, radar, [auth, billing]);
  writeFiles(auth.worktree, { "a.txt": "auth\n", only: "x" });
  await look();
  expect(told(ground)).toEqual([]);
  writeFiles(billing.worktree, { "a.txt": "billing\n" });
  await look();
  await look();
  expect(told(ground)).toEqual([[["auth", "billing"], ["a.txt"]]]);
  expect(inbox(auth)).toMatch(
    /^## Conflict ahead: billing\n[\s\S]*yours:\n +auth\n.*billing's:\n +billing\n/,
  );
  expect(inbox(billing)).toMatch(
    /^## Conflict ahead: auth\n[\s\S]*yours:\n +billing\n.*auth's:\n +auth\n/,
  );
  const { stateDir } = ground.repo;
  expect(readFileSync(trackFiles(stateDir, auth.name).inbox, "utf8")).toBe(inbox(auth));
  expect(readFileSync(trackFiles(stateDir, billing.name).foreignPaths, "utf8")).toBe(
    "a.txt\tauth\nonly\tauth\n",
  );
  writeFiles(billing.worktree, { only: "y" });
  await look();
  expect(told(ground).slice(1)).toEqual([[["auth", "billing"], ["only"]]]);
  expect(inbox(auth).match(/^- .*/gm)).toEqual([
    "- a.txt, here as both have it:",
    "- only, here as both have it:",
  ]);
  const [event] = ground.store.events().filter(({ type }) => type === "radar.overlapped");
  expect(event === undefined ? undefined : sentence(event).text).toBe(
    "auth and billing now conflict in a.txt; both were told",
  );
  const before = ground.store.version();
  await look();
  expect(ground.store.version()).toBe(before);
  radar.close();
});

test("a link in the place of an inbox is not followed", async () => {
  const { ground, auth, billing, repo } = await twoTracks();
  const elsewhere = join(repo, "../elsewhere");
  writeFileSync(elsewhere, "");
  rmSync(join(auth.worktree, ".pleach/inbox.md"));
  symlinkSync(elsewhere, join(auth.worktree, ".pleach/inbox.md"));
  for (const { worktree, name } of [auth, billing]) writeFiles(worktree, { "a.txt": `${name}\n` });
  const radar = openRadar(ground, testConfig(repo));
  await lookOnce(ground, radar, [auth, billing]);
  radar.close();
  expect(readFileSync(elsewhere, "utf8")).toBe("");
  expect(inbox(billing)).toContain("Conflict ahead: auth");
});

test("a run sees work that is not announced, and stops when it is told to", async () => {
  const { ground, auth, billing, repo } = await twoTracks();
  for (const { worktree, name } of [auth, billing]) writeFiles(worktree, { "a.txt": `${name}\n` });
  const following = followOverlaps(ground, testConfig(repo));
  await expect.poll(() => told(ground), { timeout: 20_000 }).toHaveLength(1);
  // Only the files tell: sooner than a look without a reason.
  for (const { worktree, name } of [auth, billing]) writeFiles(worktree, { "b.txt": `${name}\n` });
  await expect.poll(() => told(ground), { timeout: 20_000 }).toHaveLength(2);
  await following.stop();
});

test("a possible breakage is told once, and more softly; nothing is a conflict of it", async () => {
  const repo = gitRepo({
    "list.ts": "export function load(path) {\n  return path;\n}\n\n\nexport const rest = 1;\n",
    "main.ts": 'import { load } from "./list.ts";\n\n\nload("a");\n',
    ".gitignore": ".pleach/\n",
  });
  const ground = await groundOf(repo);
  const config = testConfig(repo);
  const [auth, billing] = [growTrack(ground, config, "auth"), growTrack(ground, config, "billing")];
  for (const { name, worktree } of [auth, billing]) {
    writeFiles(worktree, { ".pleach/inbox.md": "" });
    writeFiles(trackFiles(ground.repo.stateDir, name).folder, { "inbox.md": "" });
  }
  writeFiles(auth.worktree, {
    "list.ts": "export function loadAll(path) {\n  return path;\n}\n\n\nexport const rest = 1;\n",
  });
  writeFiles(billing.worktree, {
    "main.ts": 'import { load } from "./list.ts";\n\n\nload("a");\n\nload("b");\n',
  });
  const radar = openRadar(ground, config);
  await lookOnce(ground, radar, [auth, billing]);
  const scan = await lookOnce(ground, radar, [auth, billing]);
  radar.close();
  expect(scan.meetings).toEqual([]);
  const hints = ground.store.events().filter(({ type }) => type === "radar.suspected");
  expect(hints).toMatchObject([
    {
      tracks: ["auth", "billing"],
      hints: ["load (in list.ts) is renamed, now loadAll; main.ts:6 uses it"],
    },
  ]);
  expect(hints.map(sentence)).toMatchObject([{ weight: "normal" }]);
  expect(inbox(billing)).toContain("What auth changes, and you use:\n- load (in list.ts)");
  expect(inbox(auth)).toContain("What you change, and billing uses:\n- load (in list.ts)");
  const { stdout } = await cli(["radar", "--json"], { cwd: repo, env: testEnv() });
  expectValid("radar", JSON.parse(stdout));
  expect(JSON.parse(stdout)).toMatchObject({ pairs: [{ kind: "may-break", paths: [] }] });
});

test("a path names all who touched it, by an uncommitted change, a commit or a loose branch", async () => {
  const { ground, auth, billing } = await twoTracks();
  commitFiles(auth.worktree, { "src/a.ts": "1\n", "b.txt": "auth\n" });
  writeFiles(auth.worktree, { "b.txt": "more\n" });
  writeFiles(billing.worktree, { "src/b.ts": "2\n" });
  const options = { cwd: billing.worktree, env: testEnv() };
  const { stdout } = await cli(["radar", "src", "b.txt", "a.txt", "--json"], options);
  expectValid("touched", JSON.parse(stdout));
  expect(JSON.parse(stdout).paths).toEqual([
    {
      path: "src",
      touched: [
        { path: "src/a.ts", track: "auth", committed: true },
        { path: "src/b.ts", track: "billing", committed: false },
      ],
    },
    { path: "b.txt", touched: [{ path: "b.txt", track: "auth", committed: false }] },
    { path: "a.txt", touched: [] },
  ]);
  expect(readFileSync(trackFiles(ground.repo.stateDir, billing.name).foreignPaths, "utf8")).toBe(
    "b.txt\tauth\nsrc/a.ts\tauth\n",
  );
  const words = await cli(["radar", "src/a.ts", "a.txt"], options);
  expect(words.stdout).toBe("src/a.ts: auth, committed\na.txt: no track has touched it\n");
  expect((await cli(["radar", "."], options)).stdout.split("\n")).toHaveLength(4);
  git(ground.repo.mainTop, "branch", "loose", commitFiles(billing.worktree, { c: "3\n" }));
  const all = await cli(["radar", "c", "src/a.ts", "nothing", "--all"], options);
  expect(all.stdout).toBe(
    "c: billing, committed\nc: loose, committed\nsrc/a.ts: auth, committed\nnothing: nobody has touched it\n",
  );
  expect((await cli(["radar", "c", "-f"], options)).exitCode).toBe(2);
  expect((await cli(["radar", "../auth/b.txt"], options)).exitCode).toBe(2);
  expect(touchesOf(ground.store, "b.txt")).toHaveLength(1);
  landTrack(ground, auth);
  expect(touchesOf(ground.store, "b.txt")).toEqual([]);
});

test("done work is unseen until the radar has looked at its commit, for a minute at most", async () => {
  const { ground, auth, billing, repo } = await twoTracks();
  const radar = openRadar(ground, testConfig(repo));
  const tip = parseSha(commitFiles(auth.worktree, { "a.txt": "auth\n" }));
  const ready = recordTrack(ground, auth.name, { type: "track.ready", tip });
  const unseen = (tracks = [ready, billing], after = 0): readonly string[] => [
    ...unseenAmong(ground, tracks, ready.since + after),
  ];
  expect(unseen()).toEqual(["auth"]);
  expect(unseen([ready])).toEqual([]);
  expect(unseen([ready, billing], 60_000)).toEqual([]);
  await lookOnce(ground, radar, [ready, billing]);
  expect(unseen()).toEqual([]);
  radar.close();
});

test("ls and radar print the last scan, in their documented shapes", async () => {
  const { ground, auth, billing, repo } = await twoTracks();
  for (const { worktree, name } of [auth, billing]) writeFiles(worktree, { "a.txt": `${name}\n` });
  expect(formatLs(auth.target, await surveyTracks(ground), [])).not.toHaveProperty(
    "tracks.0.conflictsWith",
  );
  const options = { cwd: repo, env: testEnv() };
  for (const args of [["radar"], ["radar", "--all"]]) {
    const { stdout } = await cli([...args, "--json"], options);
    expectValid("radar", JSON.parse(stdout));
    expect(JSON.parse(stdout)).toMatchObject({
      pairs: [{ tracks: ["auth", "billing"], soft: false }],
    });
  }
  const { stdout } = await cli(["ls", "--json"], options);
  expectValid("ls", JSON.parse(stdout));
  expect(JSON.parse(stdout)).toMatchObject({
    tracks: [
      { conflictsWith: [{ track: "billing", paths: ["a.txt"] }] },
      { conflictsWith: [{ track: "auth", paths: ["a.txt"] }] },
    ],
  });
  expect((await cli(["radar"], options)).stdout).toContain("auth and billing\n  a.txt  line 1\n");
});
