import { chmodSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseRaceName, parseSha } from "../../src/ground/ids.ts";
import { versionsIn } from "../../src/race/diff.ts";
import { closeEntry, recordRace } from "../../src/race/race-store.ts";
import { isAgreed, written } from "../../src/race/versions.ts";
import { cli } from "../support/cli.ts";
import { growRepo } from "../support/grow.ts";
import { readyTrack } from "../support/ready-track.ts";
import { commitFiles, git } from "../support/repo.ts";
import { expectValid } from "../support/schema.ts";

const lines = (...changes: readonly (readonly [at: number, text: string])[]): string =>
  Array.from({ length: 30 }, (_, at) => changes.find(([line]) => line === at)?.[1] ?? `line ${at}`)
    .map((line) => `${line}\n`)
    .join("");

const odd = 'odd "name"\t✓.txt';

/** Makes three candidates that differ in every way in which versions of a file can. */
async function raced() {
  const { ground, config, top } = await growRepo("", {
    ...{ "apart.txt": lines(), "alike.txt": lines(), "some.txt": lines(), "old/link": "text\n" },
    ...{ "end.txt": "a\nb", "picture.bin": "\0one", [odd]: "1\n2\n", "gone.txt": "x\n" },
  });
  const base = parseSha(git(top, "rev-parse", "HEAD"));
  const name = parseRaceName("sum");
  const tracks = ["sum-1", "sum-2", "sum-3"].map((track, at) =>
    readyTrack(ground, config, track, {
      files: {
        "apart.txt": lines(
          [3, `mine ${at}`],
          [4, "合計"],
          ...(at === 1 ? [[20, "alone"] as const] : []),
        ),
        "alike.txt": lines([5, "agreed"]),
        ...(at === 0 ? {} : { "some.txt": lines([9, "two of three"]) }),
        "end.txt": ["a\nb\n", "a\r\nb", "a\nb\nc"][at] ?? "",
        "picture.bin": `\0${at}`,
        [odd]: `1\n${at}\n2\n`,
        [`new/${at}.txt`]: "new\n",
      },
    }),
  );
  const [first, second] = tracks;
  rmSync(join(first?.worktree ?? "", "gone.txt"));
  rmSync(join(second?.worktree ?? "", "old/link"));
  symlinkSync("../apart.txt", join(second?.worktree ?? "", "old/link"));
  chmodSync(join(first?.worktree ?? "", "some.txt"), 0o755);
  git(first?.worktree ?? "", "commit", "--quiet", "--all", "--message", "gone");
  commitFiles(second?.worktree ?? "", {});
  const at = { ...ground, clock: { ...ground.clock, now: () => tracks[0]?.createdAt ?? 0 } };
  const candidates = tracks.map((track) => track.name);
  recordRace(at, { name, base, candidates });
  return { ground, config, top, tracks, race: closeEntry(ground, name) };
}

test("each column of the versions is git's content at that candidate's tip, whatever the candidates did", async () => {
  const { ground, top, race, tracks } = await raced();
  const { files } = await versionsIn(ground, race, []);
  expect(files.map(({ path }) => path)).toEqual([
    ...["alike.txt", "apart.txt", "end.txt", "gone.txt", "new/0.txt", "new/1.txt", "new/2.txt"],
    ...[odd, "old/link", "picture.bin", "some.txt"],
  ]);
  for (const file of files) {
    if (file.rows === null) continue;
    for (const [
      column,
      {
        tracks: [track],
        change,
      },
    ] of written(file).entries()) {
      const text = file.rows.map(({ cells }) => cells[column] ?? "").join("");
      const at = tracks.find(({ name }) => name === track);
      const raw = git(top, "show", `${at?.branch}:${file.path}`);
      expect(text.trimEnd(), `${file.path} of ${track}`).toBe(raw);
      const base = file.rows.map((row) => row.base ?? "").join("");
      expect(base.trimEnd()).toBe(change === "added" ? "" : git(top, "show", `main:${file.path}`));
    }
  }
  const of = (path: string) => files.find((file) => file.path === path);
  expect(files.filter(isAgreed).map(({ path }) => path)).toEqual(["alike.txt"]);
  expect(of("some.txt")?.versions).toMatchObject([
    { tracks: ["sum-1"], mode: "100755" },
    { tracks: ["sum-2", "sum-3"], mode: undefined },
  ]);
  expect(of("picture.bin")?.rows).toBeNull();
  expect(of("gone.txt")).toMatchObject({
    versions: [{ tracks: ["sum-1"], change: "removed" }],
    ...{ untouched: ["sum-2", "sum-3"], rows: [] },
  });
  expect(of("old/link")?.versions).toMatchObject([{ mode: "120000" }]);
});

test("versions are shown in columns, as a page and as a document, of all files or of the named files", async () => {
  const { ground, top } = await raced();
  const run = async (cwd: string, ...args: readonly string[]) =>
    await cli(["compare", ...args], { cwd, env: { ...ground.env, COLUMNS: "80" } });
  const { stdout } = await run(top, "--diff", "apart.txt");
  expect(stdout).toContain(
    "  4 + mine 0                           │   4 + mine 1\n  5 + 合計                             =   5 + 合計\n",
  );
  expect(stdout.split("\n").filter((line) => line.startsWith("sum-"))).toEqual([
    "sum-1                                  │ sum-2",
    "sum-3",
  ]);
  expect(stdout).not.toContain("\x1b");
  const page = (await run(top, "sum", "--diff", "--markdown")).stdout;
  expect(page).toContain(
    "## alike.txt\n\nall make the same change.\n\nLine 6:\n\n```diff\n-line 5\n+agreed\n```",
  );
  const inside = join(top, "old");
  for (const args of [["--diff"], ["sum", "--diff", "--json"], ["--diff", "--json", "."]]) {
    const { stdout: text } = await run(inside, "--json", ...args);
    expectValid("compare-diff", JSON.parse(text));
    expect(JSON.parse(text).files).toHaveLength(args.includes(".") ? 1 : 11);
  }
  expect(await run(top, "--diff", "nothing")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(
      "no candidate of sum has committed a change of nothing\nhint: ",
    ),
  });
  expect((await run(top, "--diff", "--judge", "x")).exitCode).toBe(2);
  const { stdout: red } = await cli(["compare", "--diff"], {
    ...{ cwd: top, env: { ...ground.env, FORCE_COLOR: "1" } },
  });
  expect(red).toContain("\x1b[3");
});
