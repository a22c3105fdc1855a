import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openScratchObjects } from "../src/ground/git/scratch-objects.ts";
import { asBranchName, asRepoPath, parseSha, parseTrackName } from "../src/ground/ids.ts";
import { Radar } from "../src/radar/radar.ts";
import { recordScan } from "../src/radar/radar-store.ts";
import type { Scan, Subject, SubjectSeen } from "../src/radar/scan.ts";
import { scratchPrefixOf } from "../src/radar/scratch.ts";
import { touchesOf } from "../src/radar/touch-store.ts";
import { recordTrack } from "../src/track/track-store.ts";
import { compare, interleaved, median, type Pair, timed } from "./measure.ts";
import { largest, madeFiles, makeScene, real, type Scene } from "./radar-scene.ts";
import { type BenchRow, metOrMissed } from "./row.ts";
import { benchEnv, git, inScratch, makeRepository, openBenchGround } from "./scene.ts";

/** How many files each of the generated repositories has. */
const repositories = [1_400, 7_600];
const sizes = [4, 8, 16, 32];
const ratioGoal = 0.1;
const movedGoalMs = 60;
const worktreeRounds = 5;

function radarOf({ top, at }: Scene, scratch: string): Radar {
  return new Radar({
    git: at,
    commonDir: join(top, ".git"),
    scratchPrefix: () => scratchPrefixOf(scratch),
    target: asBranchName("main"),
    isLeftOut: () => false,
    policyOf: () => undefined,
    mutedDriver: "none",
  });
}

const subjectsOf = ({ heads }: Scene, count: number): readonly Subject[] =>
  heads.slice(0, count).map((head, at) => {
    const branch = asBranchName(`b${at}`);
    return { name: branch, kind: "branch", branch, worktree: undefined, head };
  });

const named = ({ meetings }: Scan): readonly string[] =>
  meetings.map(({ names }) => names.join(" ")).toSorted();

let scratches = 0;

/** Merges each pair in a process of its own, as a script would. @returns the pairs that conflict */
async function bruteForce(
  { top, at, heads }: Scene,
  scratch: string,
  count: number,
): Promise<readonly string[]> {
  scratches += 1;
  const folder = join(scratch, `brute-${scratches}`);
  mkdirSync(folder);
  const { env } = openScratchObjects(folder, join(top, ".git"));
  const found: string[] = [];
  for (let first = 0; first < count; first += 1) {
    for (let second = first + 1; second < count; second += 1) {
      const pair = [heads[first] ?? "", heads[second] ?? ""];
      const clean = await at.holds(["merge-tree", "--write-tree", "--name-only", ...pair], { env });
      if (!clean) found.push(`b${first} b${second}`);
    }
  }
  return found.toSorted();
}

const objectsIn = (top: string): number =>
  readdirSync(join(top, ".git/objects"), { recursive: true }).length;

interface Measured {
  readonly pairs: readonly Pair[];
  readonly found: readonly string[];
  readonly missed: readonly string[];
  readonly invented: readonly string[];
}

async function measureSize(scene: Scene, scratch: string, count: number): Promise<Measured> {
  let [found, brute]: (readonly string[])[] = [[], []];
  const ours = async (): Promise<void> => {
    const radar = radarOf(scene, scratch);
    found = named(await radar.scan(subjectsOf(scene, count)));
    radar.close();
  };
  const theirs = async (): Promise<void> => {
    brute = await bruteForce(scene, scratch, count);
  };
  const ways = { ours: () => timed(ours), theirs: () => timed(theirs) };
  const pairs = await interleaved(count < largest ? 5 : 3, ways);
  const [ourPairs, theirPairs] = [found ?? [], brute ?? []];
  return {
    pairs,
    found: ourPairs,
    missed: theirPairs.filter((pair) => !ourPairs.includes(pair)),
    invented: ourPairs.filter((pair) => !theirPairs.includes(pair)),
  };
}

/**
 * Measures a look after one of all branches has got another commit, each time a different branch.
 */
async function measureMoved(scene: Scene, scratch: string): Promise<number> {
  const radar = radarOf(scene, scratch);
  const subjects = [...subjectsOf(scene, largest)];
  await radar.scan(subjects);
  const times: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    const moved = (round * 3 + 5) % largest;
    const before = subjects[moved];
    if (before?.head === undefined) continue;
    const index = { GIT_INDEX_FILE: join(scratch, "moved-index") };
    await scene.at.text(["read-tree", before.head], { env: index });
    const blob = await scene.at.text(["hash-object", "-w", "--stdin"], { input: `${round}\n` });
    const entry = `100644,${blob},src/part-3/moved-${moved}.txt`;
    await scene.at.text(["update-index", "--add", "--cacheinfo", entry], { env: index });
    const tree = await scene.at.text(["write-tree"], { env: index });
    const args = ["commit-tree", tree, "-p", before.head, "-m", "More"];
    subjects[moved] = { ...before, head: parseSha(await scene.at.text(args)) };
    times.push(await timed(() => radar.scan(subjects)));
  }
  radar.close();
  return median(times);
}

/** Measures a second look at a worktree in which one file was edited: mostly its snapshot. */
async function measureWorktree({ top, ...scene }: Scene, scratch: string): Promise<number> {
  const worktree = join(scratch, `worktree-${scene.files.count}`);
  git(top, "worktree", "add", "--quiet", "--detach", worktree, "b3");
  const radar = radarOf({ top, ...scene }, scratch);
  const subject = {
    name: "w",
    kind: "worktree",
    branch: undefined,
    worktree,
    head: undefined,
  } as const;
  await radar.scan([subject]);
  const times: number[] = [];
  for (let round = 0; round < worktreeRounds; round += 1) {
    const file = join(worktree, scene.files.pathAt(100 + round));
    writeFileSync(file, `${readFileSync(file, "utf8")}${round}\n`);
    times.push(await timed(() => radar.scan([subject])));
  }
  radar.close();
  return median(times);
}

/** Measures an answer to "who has touched this path", for many tracks with many paths. */
async function measureTouched(scratch: string): Promise<number> {
  const top = makeRepository(join(scratch, "touched"), { files: 10 });
  const ground = await openBenchGround(top, benchEnv(scratch));
  const target = asBranchName("main");
  const tip = parseSha(git(top, "rev-parse", "HEAD"));
  const made = madeFiles(touchedPaths);
  const seen = Array.from({ length: largest }, (_, track): SubjectSeen => {
    const name = parseTrackName(`t${track}`);
    const branch = asBranchName(`work/${name}`);
    const worktree = join(scratch, name);
    const seed = {
      name,
      branch,
      worktree,
      base: tip,
      target,
      tasks: [],
      footprint: [],
      prompt: "",
    };
    const how = { agent: "quiet", mode: "stream", host: "headless", permissions: "ask" } as const;
    recordTrack(ground, name, { type: "track.planned", seed: { ...seed, ...how } });
    const changed = Array.from({ length: touchedPaths }, (_, at) =>
      asRepoPath(made.pathAt((at * 7 + track) % touchedPaths)),
    );
    const subject = { name, kind: "track", branch, worktree, head: undefined } as const;
    const paths = { changed: [...new Set(changed)], uncommitted: changed.slice(0, 3), paths: [] };
    return { subject, state: "clean", head: tip, dirty: true, large: [], ...paths };
  });
  recordScan(ground.store, { target, tip, seen, meetings: [], breaks: [] }, ground.clock.now());
  const times: number[] = [];
  for (let at = 0; at < 200; at += 1) {
    times.push(await timed(async () => touchesOf(ground.store, made.pathAt(at))));
  }
  ground.store.close();
  return median(times);
}

const touchedPaths = 1_000;
const touchedGoalMs = 1;

export async function run(): Promise<readonly BenchRow[]> {
  return await inScratch(async (scratch) => {
    const rows: BenchRow[] = [];
    for (const count of [...repositories, ...(real === undefined ? [] : ["real" as const])]) {
      rows.push(...(await measureRepository(makeScene(scratch, count), scratch)));
    }
    const touchedMs = await measureTouched(scratch);
    const touchedRow: BenchRow = {
      name: `radar: who has touched a path, of ${largest} tracks with ${touchedPaths} paths each, from the store`,
      figure: `${touchedMs.toFixed(3)} ms`,
      goal: `≤ ${touchedGoalMs} ms`,
      verdict: metOrMissed(touchedMs <= touchedGoalMs),
    };
    return [...rows, touchedRow];
  });
}

async function measureRepository(scene: Scene, scratch: string): Promise<readonly BenchRow[]> {
  const before = objectsIn(scene.top);
  const measured: Sized[] = [];
  const files = scene.files.count;
  for (const count of sizes) {
    measured.push({ files, count, ...(await measureSize(scene, scratch, count)) });
  }
  const left = objectsIn(scene.top) - before;
  const movedMs = await measureMoved(scene, scratch);
  const worktreeMs = await measureWorktree(scene, scratch);
  const missed = measured.flatMap((one) => one.missed);
  const invented = measured.flatMap((one) => one.invented);
  const found = measured.map(({ found: pairs }) => pairs.length).join(", ");
  return [
    ...measured.map(ratioRow),
    {
      name: `radar: one of ${largest} tracks of ${files} files has moved`,
      figure: `${movedMs.toFixed(0)} ms`,
      goal: `≤ ${movedGoalMs} ms, its snapshot not counted`,
      verdict: metOrMissed(movedMs <= movedGoalMs),
    },
    {
      name: `radar: a look at one worktree of ${files} files with a new edit, snapshot and merge`,
      figure: `${worktreeMs.toFixed(0)} ms`,
      verdict: "shown",
    },
    {
      name: `radar: conflicting pairs missed, and invented, of ${files} files against all pairs by brute force`,
      figure: `${missed.length} and ${invented.length} of ${found} at ${sizes.join(", ")} tracks`,
      goal: "none missed",
      verdict: metOrMissed(missed.length === 0),
    },
    {
      name: `radar: files added to the object store of the repository of ${files} files`,
      figure: String(left),
      goal: "0",
      verdict: metOrMissed(left === 0),
    },
  ];
}

interface Sized extends Measured {
  readonly files: number;
  readonly count: number;
}

function ratioRow({ files, count, pairs }: Sized): BenchRow {
  const { ours, theirs, ratio } = compare(pairs);
  const row = {
    name: `radar: ${count} tracks of ${files} files, against one \`git merge-tree\` for each pair`,
    figure: `${ours.toFixed(0)} ms against ${theirs.toFixed(0)} ms: ${ratio.toFixed(3)}`,
  };
  if (count < largest) return { ...row, verdict: "shown" };
  return { ...row, goal: `ratio ≤ ${ratioGoal}`, verdict: metOrMissed(ratio <= ratioGoal) };
}
