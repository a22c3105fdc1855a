import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { processesOf } from "./processes.ts";
import { git, type Scene, tryGit } from "./scene.ts";

export interface TrackShown {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
}

/** Finds the faults of a round that has settled; none when all is well. */
export function faultsOf(scene: Scene, tracks: readonly TrackShown[]): readonly string[] {
  return [
    ...lostLines(scene),
    ...doubled(scene),
    ...redTips(scene),
    ...lostUserCommits(scene),
    ...untruths(scene, tracks),
    ...unclean(scene),
    ...leftovers(scene),
    ...bugs(scene),
  ];
}

const linesIn = (file: string): readonly string[] =>
  existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];

/**
 * Finds lines that an agent has committed and that are not on main, on a branch, or in a rescue.
 */
function lostLines(scene: Scene): readonly string[] {
  const landed = new Set(writtenOnMain(scene));
  const missing = linesIn(join(scene.folder, "lines")).filter((line) => !landed.has(line));
  if (missing.length === 0) return [];
  const refs = git(scene, "for-each-ref", "--format=%(refname)").split("\n");
  return missing.filter((line) => !isInAny(scene, line, refs)).map((line) => `LOST: ${line}`);
}

function isInAny(scene: Scene, line: string, refs: readonly string[]): boolean {
  const commits = refs.filter(
    (ref) => tryGit(scene, "cat-file", "-e", `${ref}^{tree}`) !== undefined,
  );
  return tryGit(scene, "grep", "-qF", "-e", line, ...commits, "--", "*/lines.txt") !== undefined;
}

const writtenOnMain = (scene: Scene): readonly string[] =>
  (tryGit(scene, "grep", "-h", "", "main", "--", "*/lines.txt") ?? "").split("\n").filter(Boolean);

function doubled(scene: Scene): readonly string[] {
  const subjects = git(scene, "log", "--format=%s", "main").split("\n");
  const work = subjects.filter((subject) => /^(?:Write|Left over|User) /.test(subject));
  return [...twice(writtenOnMain(scene)), ...twice(work)].map((what) => `DOUBLED: ${what}`);
}

const twice = (all: readonly string[]): readonly string[] => [
  ...new Set(all.filter((one, at) => all.indexOf(one) !== at)),
];

/** Finds commits that main has ever been at and that the gate would refuse. */
function redTips(scene: Scene): readonly string[] {
  const tips = new Set(git(scene, "reflog", "show", "--format=%H", "main").split("\n"));
  return [...tips]
    .filter((tip) => tryGit(scene, "grep", "-q", "^RED$", tip, "--", "*/lines.txt") !== undefined)
    .map((tip) => `LANDED RED: ${tip}`);
}

function lostUserCommits(scene: Scene): readonly string[] {
  const subjects = new Set(git(scene, "log", "--format=%s", "main").split("\n"));
  return linesIn(join(scene.folder, "user"))
    .filter((name) => !subjects.has(`User ${name}`))
    .map((name) => `LOST, a commit of the user: ${name}`);
}

/** Finds states that main does not bear out, and tracks still in motion after all has settled. */
function untruths(scene: Scene, tracks: readonly TrackShown[]): readonly string[] {
  const still = new Set(["landed", "dropped", "needs-human", "failed", "retired"]);
  const restless = tracks
    .filter(({ state }) => !still.has(state))
    .map(({ name, state, detail }) => `NOT SETTLED: ${name} is ${state} ${detail}`);
  const written = writtenOnMain(scene);
  const ticked = git(scene, "show", "main:TASKS.md");
  const landed = tracks.filter(({ state }) => state === "landed");
  const false1 = landed
    .filter(({ name }) => !written.some((line) => line.startsWith(`${name} `)))
    .map(({ name }) => `UNTRUE: ${name} is landed, and nothing of it is on main`);
  const false2 = written
    .map((line) => taskOf(line.split(" ")[0] ?? ""))
    .filter((name, at, all) => all.indexOf(name) === at)
    .filter((name) => !ticked.includes(`[x] Write ${name} `))
    .map((name) => `UNTRUE: ${name} is on main, and not ticked`);
  return [...restless, ...false1, ...false2];
}

/**
 * Returns the task of a track, whose name is doubled or numbered when a dropped track had it
 * before.
 */
const taskOf = (track: string): string => track.replace(/^(\w+)-\1$/, "$1").replace(/-\d+$/, "");

function unclean(scene: Scene): readonly string[] {
  const status = git(scene, "status", "--porcelain");
  const head = git(scene, "symbolic-ref", "HEAD");
  const broken = brokenIn(scene);
  return [
    ...(status === "" ? [] : [`UNCLEAN: the checkout: ${status.replaceAll("\n", "; ")}`]),
    ...(head === "refs/heads/main" ? [] : [`UNCLEAN: HEAD is ${head}`]),
    ...(broken === "" ? [] : [`BROKEN: git fsck complains: ${broken}`]),
  ];
}

/** The complaints of `git fsck`; empty when nothing that a ref or an index needs is missing. */
function brokenIn({ top, env }: Scene): string {
  const args = ["fsck", "--connectivity-only", "--no-dangling"];
  const { status, stdout, stderr } = spawnSync("git", args, { cwd: top, env: { ...env } });
  return status === 0 ? "" : `${stdout}${stderr}`.trim().replaceAll("\n", "; ").slice(0, 600);
}

const leftovers = (scene: Scene): readonly string[] =>
  processesOf(scene).map(({ pid, words }) => `LEFT: process ${pid}: ${words}`);

function bugs({ folder, story }: Scene): readonly string[] {
  const log = join(folder, "home/state/pleach/bugs.log");
  const written = existsSync(log) ? [`BUG: ${readFileSync(log, "utf8")}`] : [];
  const said = story.some((line) => line.includes("this is a bug in pleach"));
  const tracks = join(folder, "repo/.git/pleach/tracks");
  const logs = existsSync(tracks)
    ? readdirSync(tracks).map((name) => join(tracks, name, "supervisor.log"))
    : [];
  const uncaught = logs.flatMap((file) =>
    linesIn(file)
      .filter((line) => /^\s+at .*\.js:\d+|this is a bug/.test(line))
      .map((line) => `BUG: ${file}: ${line}`),
  );
  return [
    ...written,
    ...(said && written.length === 0 ? ["BUG: said in the story"] : []),
    ...uncaught,
  ];
}
