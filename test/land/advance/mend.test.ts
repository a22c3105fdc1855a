import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sendSignal } from "../../../src/ground/proc/end.ts";
import { startDetached } from "../../../src/ground/proc/start.ts";
import { openPrograms } from "../../../src/ground/program.ts";
import { mend } from "../../../src/land/advance/mend.ts";
import { recoverLandings } from "../../../src/land/attempt/recover.ts";
import type { LandingFacts, LandStep } from "../../../src/land/landing/landing.ts";
import { siteOf } from "../../../src/land/landing/make-site.ts";
import { testEnv } from "../../support/env.ts";
import { git, writeFiles } from "../../support/repo.ts";
import { landingOf, status } from "../landing/landing-of.ts";
import { landApart } from "../queue/land-apart.ts";

const changes = { land: { gate: [{ name: "test", command: "true" }] } };

/** Makes a landing that was killed just before it would have moved the checkout. */
async function brokenOff() {
  const files = {
    "a.txt": "old a\n",
    "b/c": "old c\n",
    d: "a file\n",
    l: "a file\n",
    'x\n"y': "1\n",
  };
  const scene = await landingOf({ files, track: { files: [] } });
  const { top, ground, config, track } = scene;
  const tree = track.worktree;
  git(tree, "rm", "-rq", "b", "d", "l");
  const fresh = {
    "a.txt": "new a, and longer\n",
    b: "now a file\n",
    "d/e/f": "deep\n",
    'x\n"y': "2\n",
  };
  writeFiles(tree, { ...fresh, "added.txt": "added\n" });
  symlinkSync("a.txt", join(tree, "l"));
  git(tree, "add", "--all");
  git(tree, "commit", "--quiet", "--message", "Turn it round");
  const killed = landApart(top, changes, "land:checkout:intent");
  expect(await killed.ended).toMatchObject({ signal: "SIGKILL" });
  const [open] = openPrograms<LandStep, LandingFacts>(ground.store, "land");
  const checkout = open?.facts.checkouts?.[0];
  if (open === undefined || checkout === undefined) throw new Error("it was broken off");
  const site = siteOf({ ground, config, track, id: open.id });
  const act = async () => await mend(site, checkout, open);
  return { ...scene, act, newTree: open.facts.commit ?? "" };
}

/** The content of each path in the new tree; undefined for a path that is removed. */
const news: readonly (readonly [path: string, content: string | undefined])[] = [
  ["a.txt", "new a, and longer\n"],
  ['x\n"y', "2\n"],
  ["added.txt", "added\n"],
  ["b", "now a file\n"],
  ["d/e/f", "deep\n"],
  ["l", undefined],
];

/**
 * Writes a path as git does: removes anything in the way, then lets the file grow to its content.
 */
function bring(top: string, path: string, content: string | undefined, share: number): void {
  const file = join(top, path);
  const folder = dirname(path);
  if (folder !== "." && existsSync(join(top, "d")) && lstatSync(join(top, "d")).isFile()) {
    rmSync(join(top, "d"));
  }
  rmSync(file, { recursive: true, force: true });
  if (content === undefined) {
    if (share === 1) symlinkSync("a.txt", file);
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  if (share >= 0) writeFileSync(file, content.slice(0, Math.floor(content.length * share)));
}

test("the checkout is put back byte by byte, however far git came before it was killed", async () => {
  const { top, act, open, ground, config } = await brokenOff();
  const share = fc.constantFrom(undefined, -1, 0, 0.5, 1);
  await fc.assert(
    fc.asyncProperty(fc.tuple(...news.map(() => share)), async (shares) => {
      for (const [at, [path, content]] of news.entries()) {
        const how = shares[at];
        if (how !== undefined) bring(top, path, content, how);
      }
      writeFileSync(join(top, ".git/index.lock"), "half an index");
      expect(await act()).toEqual({ kind: "old" });
      expect(status(top)).toBe("");
    }),
    { numRuns: 25, endOnFailure: true },
  );
  await recoverLandings(ground, config);
  expect([status(top), open(), existsSync(join(top, ".git/index.lock"))]).toEqual(["", 0, false]);
});

test("a file that was edited since is not put back: a person decides, with both facts", async () => {
  const { top, ground, config, state, newTree } = await brokenOff();
  writeFileSync(join(top, "a.txt"), "new a, and longer\n");
  writeFileSync(join(top, 'x\n"y'), "edited by its owner\n");
  const before = [git(top, "rev-parse", "main"), status(top)];
  const [report] = await recoverLandings(ground, config);
  expect(report).toMatchObject({ outcome: "needs-human", reason: "landing-torn" });
  expect(state()).toMatchObject({ state: "needs-human", reason: "landing-torn" });
  expect([git(top, "rev-parse", "main"), status(top)]).toEqual(before);
  expect(readFileSync(join(top, 'x\n"y'), "utf8")).toBe("edited by its owner\n");
  expect(git(top, "cat-file", "-t", newTree)).toBe("commit");
});

test("an index lock that is older, or that a living process holds, is not taken away", async () => {
  const { top, act } = await brokenOff();
  const lock = join(top, ".git/index.lock");
  writeFileSync(lock, "");
  utimesSync(lock, 1_000, 1_000);
  expect(await act()).toMatchObject({ kind: "torn", why: expect.stringContaining("older") });
  writeFileSync(lock, "");
  const options = { cwd: "/", env: testEnv(), outputFile: lock };
  const holder = await startDetached(["sleep", "60"], options);
  if (holder.kind !== "started") throw new Error(holder.why);
  expect(await act()).toMatchObject({ kind: "torn", why: expect.stringContaining("is held by") });
  expect(existsSync(lock)).toBe(true);
  await sendSignal(holder.process, "SIGKILL");
  await expect.poll(act, { timeout: 5_000 }).toEqual({ kind: "old" });
});

test("a checkout that was brought forward whole goes on forward, with its owner's edits on top", async () => {
  const { top, ground, config, state } = await landingOf();
  const killed = landApart(top, changes, "land:checkout:result");
  expect(await killed.ended).toMatchObject({ signal: "SIGKILL" });
  writeFiles(top, { "auth.txt": "edited since\n" });
  expect(await recoverLandings(ground, config)).toMatchObject([{ outcome: "landed" }]);
  expect(state()).toMatchObject({ state: "landed" });
  expect(status(top)).toBe(" M auth.txt");
  expect(readFileSync(join(top, "auth.txt"), "utf8")).toBe("edited since\n");
});
