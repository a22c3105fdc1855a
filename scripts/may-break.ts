/**
 * Measures how often the radar says "may break", and how often it is right, on real history:
 *
 *     node scripts/may-break.ts --repo ../some-clone --seed 1 --windows 30 --size 8 --plants 40
 *
 * Clean pairs: commits that followed each other are put side by side on one base. They all landed,
 * so every warning about a pair that merges counts as a false alarm. Plants: something the tree
 * uses is renamed, removed, moved or changed on one side, and a new line uses it on the other. The
 * repository is only read.
 */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Git } from "../src/ground/git/git.ts";
import { asBranchName, parseSha } from "../src/ground/ids.ts";
import { Radar } from "../src/radar/radar.ts";
import { isSoftMeeting, type Scan, type Subject } from "../src/radar/scan.ts";
import type { Breakage } from "../src/radar/symbols/may-break.ts";
import { type Plant, plantIn, plantKinds } from "./plant-break.ts";
import { diceOf } from "./replay/dice.ts";
import { applyOn, type ReplayGit } from "./replay/git.ts";
import { cloneInto } from "./replay/scene.ts";

const { values } = parseArgs({
  options: {
    repo: { type: "string" },
    seed: { type: "string", default: "1" },
    windows: { type: "string", default: "30" },
    size: { type: "string", default: "8" },
    plants: { type: "string", default: "40" },
    verbose: { type: "boolean", default: false },
  },
});
if (values.repo === undefined) throw new Error("--repo names the repository to measure on");
const [seed, windows, size, plants] = [
  ...[values.seed, values.windows, values.size, values.plants].map(Number),
  0,
] as [number, number, number, number];

const goalPercent = 10;
const scene = cloneInto(values.repo);
const { git } = scene;
const dice = diceOf(seed);
try {
  const history = git.text("rev-list", "--first-parent", "HEAD").split("\n");
  const flagged = await measureClean(history);
  await measurePlants(history);
  process.exitCode = flagged <= goalPercent ? 0 : 1;
} finally {
  rmSync(scene.scratch, { recursive: true, force: true, maxRetries: 3 });
}

async function measureClean(history: readonly string[]): Promise<number> {
  let [clean, flagged] = [0, 0];
  for (let window = 0; window < windows; window += 1) {
    const at = size + dice.below(Math.max(1, history.length - size - 1));
    const base = history[at] ?? "";
    const commits = history.slice(at - size, at).toReversed();
    const tracks = commits.flatMap((commit) => {
      const tree = applyOn(git, git.text("rev-parse", `${base}^{tree}`), commit)?.split("\n")[0];
      return tree === undefined ? [] : [git.text("commit-tree", tree, "-p", base, "-m", commit)];
    });
    const scan = await scanOf(base, tracks);
    const names = scan.seen.flatMap((one) => (one.state === "clean" ? [one.subject.name] : []));
    const hard = scan.meetings.filter((meeting) => !isSoftMeeting(meeting)).length;
    clean += (names.length * (names.length - 1)) / 2 - hard;
    flagged += scan.breaks.length;
    if (values.verbose) for (const breakage of scan.breaks) show(git, tracks, breakage);
  }
  const percent = (flagged / Math.max(1, clean)) * 100;
  console.log(
    `clean pairs: ${clean} in ${windows} windows of ${size}; said to break: ${flagged} (${percent.toFixed(1)} %, goal ≤ ${goalPercent} %)`,
  );
  return percent;
}

async function measurePlants(history: readonly string[]): Promise<void> {
  const told = new Map<Plant["kind"], { planted: number; found: number }>();
  for (let tries = 0; tries < plants * 4; tries += 1) {
    const kind = plantKinds[tries % plantKinds.length] ?? "rename";
    const known = told.get(kind) ?? { planted: 0, found: 0 };
    if (known.planted >= plants / plantKinds.length) continue;
    // The base is in the newer half: the older has other habits, and fewer files that use each
    // other.
    const base = history[dice.below(Math.max(1, history.length >> 1))] ?? "";
    const plant = plantIn(git, base, kind, dice);
    if (plant === undefined) continue;
    const scan = await scanOf(base, [plant.breaker, plant.user]);
    if (scan.meetings.length > 0) continue;
    const found = scan.breaks.some(({ breaks }) =>
      breaks.some(({ name, by }) => by === "b0" && name === plant.name),
    );
    told.set(kind, { planted: known.planted + 1, found: known.found + (found ? 1 : 0) });
    if (values.verbose && !found) console.log(`  missed: ${kind} ${plant.name} (${plant.about})`);
  }
  let [planted, found] = [0, 0];
  for (const [kind, one] of told) {
    console.log(`planted ${kind}: ${one.found} of ${one.planted} seen`);
    planted += one.planted;
    found += one.found;
  }
  console.log(
    `recall: ${found} of ${planted} (${((found / Math.max(1, planted)) * 100).toFixed(0)} %)`,
  );
}

async function scanOf(base: string, commits: readonly string[]): Promise<Scan> {
  git.text("update-ref", "refs/heads/radar-base", base);
  const radar = new Radar({
    git: new Git(git.folder, { PATH: process.env["PATH"] ?? "" }),
    commonDir: join(git.folder, ".git"),
    scratchPrefix: () => join(scene.scratch, "radar-"),
    target: asBranchName("radar-base"),
    isLeftOut: () => false,
    policyOf: () => undefined,
    mutedDriver: "none",
  });
  const subjects = commits.map((head, at): Subject => {
    const branch = asBranchName(`b${at}`);
    return { name: branch, kind: "branch", branch, worktree: undefined, head: parseSha(head) };
  });
  try {
    return await radar.scan(subjects);
  } finally {
    radar.close();
  }
}

function show({ folder }: ReplayGit, tracks: readonly string[], { breaks }: Breakage): void {
  for (const { what, how, name, to, by, from, user, path, line } of breaks) {
    const commitOf = (track: string): string =>
      execFileSync("git", ["log", "-1", "--format=%s", tracks[Number(track.slice(1))] ?? ""], {
        cwd: folder,
        encoding: "utf8",
      }).slice(0, 9);
    console.log(
      `  ${what} ${how}: ${name}${to === undefined ? "" : ` → ${to}`} of ${from} (${commitOf(by)}), used in ${path}:${line} (${commitOf(user)})`,
    );
  }
}
