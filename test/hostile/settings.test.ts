import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Ground } from "../../src/ground/ground.ts";
import { parseRaceName, parseSha, parseTrackName } from "../../src/ground/ids.ts";
import type { ExactEnv } from "../../src/ground/proc/run.ts";
import { commitLeftovers } from "../../src/grow/done/leftovers.ts";
import { gatherEvidence } from "../../src/grow/done/worktree-facts.ts";
import { touchedSince } from "../../src/grow/worktree/touched.ts";
import type { LandReport } from "../../src/land/landing/landing.ts";
import { landTrack } from "../../src/land/queue/land-track.ts";
import { pickParts, pickTrack } from "../../src/race/pick.ts";
import { recordRace } from "../../src/race/race-store.ts";
import { scanOnce } from "../../src/radar/open.ts";
import { trackSubjects } from "../../src/radar/subjects.ts";
import { dropTrack } from "../../src/rescue/drop.ts";
import { restore } from "../../src/rescue/restore.ts";
import { diffOfTrack } from "../../src/verbs/diff.ts";
import { undoLastLanding } from "../../src/verbs/undo.ts";
import { testConfig } from "../support/config.ts";
import { testEnv } from "../support/env.ts";
import { growTrack } from "../support/growing.ts";
import { readyTrack, taskOf } from "../support/ready-track.ts";
import { commitFiles, git, gitRepo, groundOf, writeFiles } from "../support/repo.ts";
import { scratch } from "../support/scratch.ts";
import { filesOf, gitStateOf } from "../support/snapshot.ts";

/* Each test is a row of docs/hostile.md: its name begins with the input. */

/** Every setting that a person may have for their own use of git, none at its default. */
const odd = `
[advice]
	detachedHead = true
[apply]
	whitespace = error
[branch]
	autoSetupMerge = always
	autoSetupRebase = always
	sort = -committerdate
[branch "main"]
	mergeOptions = --squash --no-commit
[checkout]
	workers = 4
[clean]
	requireForce = true
[color]
	ui = always
	branch = always
	diff = always
	status = always
[column]
	ui = always
[commit]
	cleanup = strip
	status = true
	template = /nowhere/template
	verbose = 2
[core]
	abbrev = 4
	checkStat = minimal
	commentChar = ";"
	fsyncMethod = writeout-only
	pager = false
	preloadIndex = false
	quotePath = true
	safecrlf = true
	splitIndex = true
	trustctime = false
	untrackedCache = true
	editor = false
[diff]
	algorithm = patience
	colorMoved = zebra
	context = 0
	dstPrefix = y/
	external = false
	ignoreSubmodules = all
	indentHeuristic = false
	interHunkContext = 9
	mnemonicPrefix = true
	noprefix = true
	orderFile = /nowhere/order
	relative = true
	renameLimit = 1
	renames = false
	srcPrefix = x/
	submodule = log
	suppressBlankEmpty = true
	wsErrorHighlight = all
[feature]
	experimental = true
	manyFiles = true
[fetch]
	prune = true
	recurseSubmodules = true
[format]
	pretty = oneline
	signOff = true
[i18n]
	commitEncoding = ISO-8859-1
	logOutputEncoding = ISO-8859-1
[index]
	sparse = true
	skipHash = true
	threads = 1
	version = 4
[log]
	abbrevCommit = true
	date = relative
	decorate = full
	follow = true
	showRoot = false
	showSignature = true
[merge]
	autoStash = true
	branchdesc = true
	conflictStyle = merge
	default = union
	directoryRenames = true
	ff = false
	log = true
	renameLimit = 1
	renames = false
	renormalize = true
	stat = true
	verbosity = 5
	verifySignatures = true
[pull]
	ff = only
	rebase = interactive
[push]
	default = nothing
	followTags = true
	recurseSubmodules = check
[rebase]
	abbreviateCommands = true
	autoSquash = true
	autoStash = true
	forkPoint = true
	instructionFormat = "%an: %s"
	missingCommitsCheck = error
	rebaseMerges = true
	stat = true
	updateRefs = true
[rerere]
	autoUpdate = true
	enabled = true
[revert]
	reference = true
[sequence]
	editor = false
[status]
	aheadBehind = true
	branch = true
	relativePaths = true
	renames = copies
	short = true
	showStash = true
	showUntrackedFiles = no
	submoduleSummary = true
[submodule]
	recurse = true
[worktree]
	guessRemote = true
`;

/** Variables that a caller's git, or a person who looks for a fault, leaves in the environment. */
const oddEnv: ExactEnv = {
  GIT_AUTHOR_DATE: "@1 +0000",
  GIT_CONFIG_COUNT: "1",
  GIT_CONFIG_KEY_0: "core.bare",
  GIT_CONFIG_VALUE_0: "true",
  GIT_CONFIG_PARAMETERS: "'core.bare=true'",
  GIT_DEFAULT_HASH: "sha256",
  GIT_DIFF_OPTS: "--unified=0",
  GIT_DIR: "/nowhere/dir",
  GIT_EXTERNAL_DIFF: "false",
  GIT_ICASE_PATHSPECS: "1",
  GIT_INDEX_FILE: "/nowhere/index",
  GIT_LITERAL_PATHSPECS: "1",
  GIT_MERGE_VERBOSITY: "5",
  GIT_NAMESPACE: "else",
  GIT_OBJECT_DIRECTORY: "/nowhere/objects",
  GIT_PAGER: "false",
  GIT_REFLOG_ACTION: "mine",
  GIT_TRACE: "1",
  GIT_TRACE_SETUP: "1",
  GIT_WORK_TREE: "/nowhere/tree",
};

const settings = (text: string): string => {
  const file = join(scratch(), "settings");
  writeFileSync(file, text);
  return file;
};

/** Commits all there is with a message that stays as it is, in an encoding of its own. */
function commitAs(folder: string, message: string, encoding = "UTF-8"): void {
  const bytes = Buffer.from(message, encoding === "UTF-8" ? "utf8" : "latin1");
  writeFileSync(join(folder, "../message"), bytes);
  git(folder, "add", "--all");
  const clean = ["--cleanup=verbatim", "--quiet", "--file=../message"];
  git(folder, "-c", `i18n.commitEncoding=${encoding}`, "commit", ...clean);
}

const outcome = ({ outcome: kind, detail, paths }: LandReport) => ({ kind, detail, paths });

/** Removes the names of commits that a revert tells: times are in them. */
const nameless = (text: string): string => text.replace(/(commit|to) [0-9a-f]{40}\b/g, "$1 …");

/** Reads the messages of a branch, newest first, one character for each byte. */
function messagesOf(top: string): readonly string[] {
  const names = git(top, "rev-list", "main").split("\n");
  return names.map((name) => {
    const raw = execFileSync("git", ["cat-file", "commit", name], { cwd: top }).toString("latin1");
    return nameless(raw.slice(raw.indexOf("\n\n") + 2));
  });
}

const lines = (count: number, name: string): string =>
  Array.from({ length: count }, (_, at) => `${name} ${at}\n`).join("");

const tasks = "# Work\n\n- [ ] Task T1  id:T1\n- [ ] Task T2  id:T2\n";

/** Plays a whole life of a repository, and returns all results but times and names of commits. */
async function lifeUnder(env: ExactEnv): Promise<object> {
  const top = gitRepo({
    ...{ "TASKS.md": tasks, "long.txt": lines(40, "long"), "old/name.txt": lines(20, "name") },
    ...{ "soft.txt": "one\n", "both.txt": lines(9, "both") },
  });
  const ground: Ground = await groundOf(top, { ...testEnv(), ...env });
  const gate = [{ name: "test", command: "git diff --exit-code" }];
  const soft = [{ pattern: "soft.txt", policy: { kind: "union" } as const }];
  const config = testConfig(top, { land: { gate }, soft });
  const reports: unknown[] = [];
  const moveOn = (name: string): string => commitFiles(top, { [name]: `${name}\n` }, `Add ${name}`);

  // Rebased: words kept to the byte, over a conflict that settles by itself.
  const worded = readyTrack(ground, config, "worded", { tasks: ["T1"] });
  writeFiles(worded.worktree, { "soft.txt": "one\ntrack\n" });
  commitAs(worded.worktree, "#42 Add one\n\nWhy.\n; said\n# Conflicts are none\n\n\n");
  git(worded.worktree, "mv", "old", "new");
  writeFiles(worded.worktree, { "long.txt": lines(40, "long").replace("long 20", "LONG") });
  commitAs(worded.worktree, "\n\n  Blank before, blank behind\n\n\n");
  writeFiles(worded.worktree, { "caf\u00e9.txt": "x\n" });
  commitAs(worded.worktree, "Caf\u00e9 in Latin-1\n\n#7 stays\n", "ISO-8859-1");
  commitFiles(top, { "soft.txt": "one\ntarget\n" }, "Reword softly");
  reports.push(outcome(await landTrack(ground, config, worded.name)));

  // Squashed, and merged.
  const squashed = readyTrack(ground, config, "squashed", {
    files: [{ "a.txt": "a\n" }, { "b.txt": "b\n" }],
    tasks: ["T2"],
  });
  moveOn("main-1.txt");
  reports.push(outcome(await landTrack(ground, config, squashed.name, { strategy: "squash" })));
  const merged = readyTrack(ground, config, "merged", {});
  moveOn("main-2.txt");
  reports.push(outcome(await landTrack(ground, config, merged.name, { strategy: "merge" })));
  reports.push(outcome(await undoLastLanding(ground, config, {})));

  // In conflict, with the words that tell it.
  const against = readyTrack(ground, config, "against", { files: { "both.txt": "theirs\n" } });
  commitFiles(top, { "both.txt": "ours\n" }, "Ours");
  const refused = await landTrack(ground, config, against.name);
  reports.push({ ...outcome(refused), evidence: refused.detail });

  // Grown: the leftovers are committed, and looked at.
  const grown = { ...growTrack(ground, config, "grown"), tasks: [taskOf("T9", "#9 has a hash")] };
  writeFiles(grown.worktree, { "left.txt": "left\n", "sub/deep.txt": "deep\n" });
  git(grown.worktree, "mv", "long.txt", "longer.txt");
  const { text, paths } = await diffOfTrack(ground, grown, { stat: false });
  const touched = await touchedSince(ground.git, grown);
  const scan = await scanOnce(ground, config, trackSubjects([grown, against]));
  const seen = scan.seen.map(({ state, subject, ...rest }) => [
    ...[subject.name, state, "changed" in rest ? rest.changed : rest],
  ]);
  expect(await commitLeftovers(ground.git, grown, { hooksMs: 60_000 })).toBeUndefined();
  const evidence = await gatherEvidence(ground.git, grown);
  const words = git(grown.worktree, "log", "-1", "--format=%B");

  // Dropped with all it holds, and brought back.
  writeFiles(grown.worktree, { "draft.txt": "draft\n", "staged.txt": "staged\n" });
  git(grown.worktree, "add", "staged.txt");
  const before = [filesOf(grown.worktree), gitStateOf(grown.worktree)];
  const drop = await dropTrack(ground, config, grown.name);
  await restore(ground, config, drop.rescue ?? "");
  expect([filesOf(grown.worktree), gitStateOf(grown.worktree)]).toEqual(before);

  // Picked, whole and in parts.
  const race = (name: string, candidates: readonly string[]) => {
    const base = parseSha(git(top, "rev-parse", "main"));
    recordRace(ground, {
      name: parseRaceName(name),
      base,
      candidates: candidates.map(parseTrackName),
    });
    return candidates.map((one) => readyTrack(ground, config, one, {}).name);
  };
  const [first] = race("whole", ["whole-1", "whole-2"]);
  if (first === undefined) throw new Error("nobody runs");
  reports.push((await pickTrack(ground, config, first)).landing?.outcome);
  const parted = race("part", ["part-1", "part-2"]).map((track) => ({ track, globs: ["*.txt"] }));
  reports.push((await pickParts(ground, config, parted)).landing?.outcome);

  return {
    reports,
    ...{ text, paths, touched, seen, words },
    evidence: { ...evidence, head: "", tip: "" },
    history: nameless(git(top, "log", "--format=%an <%ae>%n%cn%n%e%n%B%T", "main")),
    messages: messagesOf(top),
    files: filesOf(top),
    status: git(top, "status", "--porcelain"),
  };
}

test("git settings of a person, all of them odd: reach into nothing that is made, kept or said", async () => {
  const plain = await lifeUnder({});
  expect(plain).toMatchObject({
    reports: [
      ...[{ kind: "landed" }, { kind: "landed" }, { kind: "landed" }, { kind: "landed" }],
      ...[{ kind: "conflict" }, "landed", "landed"],
    ],
    status: "",
    messages: expect.arrayContaining([
      "#42 Add one\n\nWhy.\n; said\n# Conflicts are none\n\n\n",
      "\n\n  Blank before, blank behind\n\n\n",
      "Caf\u00e9 in Latin-1\n\n#7 stays\n",
    ]),
  });
  expect(await lifeUnder({ GIT_CONFIG_GLOBAL: settings(odd), ...oddEnv })).toEqual(plain);
}, 180_000);
