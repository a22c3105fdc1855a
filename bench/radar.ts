/** What the radar costs beside one `git merge-tree` for each pair, and whether it misses any. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Git, Git as GitIn } from "../src/ground/git/git.ts";
import { openScratchObjects } from "../src/ground/git/scratch-objects.ts";
import { asBranchName, parseSha, type Sha } from "../src/ground/ids.ts";
import { Radar } from "../src/radar/radar.ts";
import type { Scan, Subject } from "../src/radar/scan.ts";
import { scratchPrefixOf } from "../src/radar/scratch.ts";
import { compare, interleaved, median, type Pair, timed } from "./measure.ts";
import { seeded } from "./plan.ts";
import { type BenchRow, metOrMissed } from "./row.ts";
import { benchEnv, git, inScratch, makeRepository } from "./scene.ts";

const files = 1_400;
const sizes = [4, 8, 16, 32];
const largest = 32;
const ratioGoal = 0.1;
const movedGoalMs = 60;
const worktreeRounds = 5;

const fileAt = (at: number): string => `src/part-${at % 50}/file-${at}.txt`;
const lineOf = (at: number): string => `line of file ${at}\n`;

/**
 * Branches as one stream for git: 14 edits each anywhere, one in one of eight hot files at one of
 * two places, and 2 new files. One moves a folder away, one puts a file into that folder, and two
 * have a file and a folder of the same name.
 */
function branchStream(count: number): string {
  const text = (content: string): string => `data ${Buffer.byteLength(content)}\n${content}\n`;
  const edited = (file: number, line: number, who: string): string => {
    const rows = Array.from({ length: 60 }, (_, at) => (at === line ? `${who}\n` : lineOf(file)));
    return `M 100644 inline ${fileAt(file)}\n${text(rows.join(""))}`;
  };
  const random = seeded(4);
  const below = (limit: number): number => Math.floor(random() * limit);
  return Array.from({ length: count }, (_, branch) => {
    const hot = edited(below(8), 10 + below(2) * 40, `b${branch}`);
    const cold = Array.from({ length: 14 }, (_, step) =>
      edited(50 + below(files - 50), below(60), `b${branch}.${step}`),
    );
    const changes = [hot, ...cold];
    const added = [0, 1].map((at) => `M 100644 inline new/b${branch}-${at}.txt\n${text("new\n")}`);
    const odd = [
      'R "src/part-49" "src/moved"\n',
      `M 100644 inline src/part-49/added.txt\n${text("added\n")}`,
      `M 100644 inline node\n${text("a file\n")}`,
      `M 100644 inline node/inner.txt\n${text("in a folder\n")}`,
    ];
    return (
      `commit refs/heads/b${branch}\ncommitter B <b@localhost> 0 +0000\n${text("work")}` +
      `from refs/heads/main~1\n${[...changes, ...added, odd[branch] ?? ""].join("")}`
    );
  }).join("");
}

interface Scene {
  readonly top: string;
  readonly at: Git;
  readonly heads: readonly Sha[];
}

function makeScene(scratch: string): Scene {
  const top = makeRepository(join(scratch, "repo"), { files });
  // The target has gone on since the branches left it.
  writeFileSync(join(top, "CHANGES"), "one\n");
  git(top, "add", "--all");
  git(top, "commit", "--quiet", "--message", "Second");
  const stream = branchStream(largest).replaceAll(
    "refs/heads/main~1",
    git(top, "rev-parse", "main~1"),
  );
  const options = { cwd: top, env: benchEnv(scratch), input: stream };
  execFileSync("git", ["fast-import", "--quiet"], options);
  const names = Array.from({ length: largest }, (_, at) => `b${at}`);
  const heads = git(top, "rev-parse", ...names)
    .split("\n")
    .map(parseSha);
  return { top, at: new GitIn(top, benchEnv(scratch)), heads };
}

function radarOf({ top, at }: Scene, scratch: string): Radar {
  return new Radar({
    git: at,
    commonDir: join(top, ".git"),
    scratchPrefix: () => scratchPrefixOf(scratch),
    target: asBranchName("main"),
    isLeftOut: () => false,
    isSoft: () => false,
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

/** One process for each pair, as a script would. @returns the pairs that conflict */
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

/** The time of a look after one of all branches has got another commit, each time another one. */
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

/** The time of a second look at a worktree in which one file has been edited: mostly its snapshot. */
async function measureWorktree({ top, ...scene }: Scene, scratch: string): Promise<number> {
  const worktree = join(scratch, "worktree");
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
    const file = join(worktree, fileAt(100 + round));
    writeFileSync(file, `${readFileSync(file, "utf8")}${round}\n`);
    times.push(await timed(() => radar.scan([subject])));
  }
  radar.close();
  return median(times);
}

export async function run(): Promise<readonly BenchRow[]> {
  return await inScratch(async (scratch) => {
    const scene = makeScene(scratch);
    const before = objectsIn(scene.top);
    const measured: (Measured & { readonly count: number })[] = [];
    for (const count of sizes) {
      measured.push({ count, ...(await measureSize(scene, scratch, count)) });
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
        name: `radar: one of ${largest} tracks has moved`,
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
        name: "radar: conflicting pairs missed, and invented, against all pairs by brute force",
        figure: `${missed.length} and ${invented.length} of ${found} at ${sizes.join(", ")} tracks`,
        goal: "none missed",
        verdict: metOrMissed(missed.length === 0),
      },
      {
        name: "radar: files added to the repository's object store",
        figure: String(left),
        goal: "0",
        verdict: metOrMissed(left === 0),
      },
    ];
  });
}

function ratioRow({ count, pairs }: Measured & { readonly count: number }): BenchRow {
  const { ours, theirs, ratio } = compare(pairs);
  const row = {
    name: `radar: ${count} tracks of ${files} files, against one \`git merge-tree\` for each pair`,
    figure: `${ours.toFixed(0)} ms against ${theirs.toFixed(0)} ms: ${ratio.toFixed(3)}`,
  };
  if (count < largest) return { ...row, verdict: "shown" };
  return { ...row, goal: `ratio ≤ ${ratioGoal}`, verdict: metOrMissed(ratio <= ratioGoal) };
}
