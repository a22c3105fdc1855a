import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

/*
 * The house of docs/ARCHITECTURE.md, held against the source. Each rule collects its violations
 * and expects none, so that a failure names the files.
 */

/** Bottom to top: a file imports from its own room and from those before it. */
const rooms = [
  "ground",
  "hosts",
  "agents",
  "backlog",
  "plan",
  "track",
  "worker",
  "grow",
  "talk",
  "radar",
  "rescue",
  "land",
  "lab",
  "forge",
  "race",
  "watch",
  "run",
  "verbs",
  "faces",
  "main.ts",
];

/**
 * Files that decide: data in, data out. They import nothing that has effects, have no clock and no
 * randomness. Every file that holds a decision belongs here; a pattern without a file fails.
 */
const deciding = [
  "agents/account.ts",
  "agents/claude/claude.ts",
  "agents/claude/asks.ts",
  "agents/claude/records.ts",
  "agents/claude/stream-protocol.ts",
  "agents/claude/stream.ts",
  "agents/claude/hooks.ts",
  "agents/trust.ts",
  "agents/codex/dialogs.ts",
  "agents/codex/hooks.ts",
  "agents/claude/permissions.ts",
  "agents/claude/terminal.ts",
  "agents/codex/codex.ts",
  "agents/codex/asks.ts",
  "agents/codex/ledger.ts",
  "agents/codex/meter.ts",
  "agents/codex/open-asks.ts",
  "agents/codex/records.ts",
  "agents/codex/stream-protocol.ts",
  "agents/codex/stream.ts",
  "agents/codex/terminal.ts",
  "agents/command.ts",
  "agents/contract.ts",
  "agents/event.ts",
  "agents/fitting.ts",
  "agents/gemini/gemini.ts",
  "agents/hooks.ts",
  "agents/known.ts",
  "agents/opencode/opencode.ts",
  "agents/plain.ts",
  "agents/questions.ts",
  "agents/rotating.ts",
  "agents/record.ts",
  "agents/reopening.ts",
  "agents/scripted/script.ts",
  "backlog/attributes.ts",
  "backlog/boxes.ts",
  "backlog/front-matter.ts",
  "backlog/declare.ts",
  "backlog/find-task.ts",
  "backlog/identity.ts",
  "backlog/merge/merge.ts",
  "backlog/merge/gap.ts",
  "backlog/merge/heads.ts",
  "backlog/parse.ts",
  "backlog/same-task.ts",
  "backlog/short-id.ts",
  "backlog/tick.ts",
  "faces/cli/completion-script.ts",
  "faces/cli/leave.ts",
  "ground/config/fill.ts",
  "ground/config/locate.ts",
  "ground/config/parse.ts",
  "ground/text.ts",
  "grow/limits/budget.ts",
  "grow/done/done.ts",
  "grow/limits/hold.ts",
  "grow/signals/hook-signal.ts",
  "grow/done/outcome.ts",
  "grow/signals/program-signal.ts",
  "grow/signals/progress.ts",
  "grow/prompt/prompt.ts",
  "grow/signals/record-signal.ts",
  "grow/prompt/renewal.ts",
  "worker/signal.ts",
  "worker/speaker.ts",
  "grow/done/stash.ts",
  "worker/state.ts",
  "grow/signals/stream-signal.ts",
  "grow/terminal/typing-guard.ts",
  "grow/terminal/input.ts",
  "grow/terminal/keys.ts",
  "grow/terminal/screen/modes.ts",
  "grow/terminal/notice.ts",
  "grow/terminal/notice-signal.ts",
  "grow/terminal/program-status.ts",
  "grow/terminal/rest.ts",
  "grow/terminal/road.ts",
  "grow/terminal/screen/scan.ts",
  "track/track.ts",
  "grow/worktree/tree-environment.ts",
  "worker/worker.ts",
  "worker/worker-event.ts",
  "worker/worker-transition.ts",
  "hosts/choice.ts",
  "hosts/tmux-lines.ts",
  "rescue/clean-class.ts",
  "land/landing/event-after.ts",
  "land/landing/landing.ts",
  "land/gate/excuses.ts",
  "land/gate/failures/cargo.ts",
  "land/gate/failures/compare.ts",
  "land/gate/failures/failure.ts",
  "land/gate/failures/find-failures.ts",
  "land/gate/failures/go.ts",
  "land/gate/failures/jest.ts",
  "land/gate/failures/junit.ts",
  "land/gate/failures/lines.ts",
  "land/gate/failures/missing.ts",
  "land/gate/failures/node-test.ts",
  "land/gate/failures/pytest.ts",
  "land/gate/failures/tap.ts",
  "land/gate/failures/unittest.ts",
  "land/gate/failures/vitest.ts",
  "land/guard/entry.ts",
  "land/guard/gate-reads.ts",
  "land/guard/makefile.ts",
  "land/guard/part.ts",
  "race/race.ts",
  "land/landing/report.ts",
  "race/compare.ts",
  "race/versions.ts",
  "track/intent.ts",
  "forge/request.ts",
  "land/landing/gate-kind.ts",
  "land/queue/queue.ts",
  "land/queue/queue-after.ts",
  "land/queue/next.ts",
  "land/queue/blame.ts",
  "land/queue/choice.ts",
  "lab/trial.ts",
  "lab/replay-queue.ts",
  "lab/trial-others.ts",
  "plan/soft.ts",
  "plan/plan.ts",
  "plan/explain.ts",
  "plan/gantt.ts",
  "radar/symbols/definitions.ts",
  "radar/symbols/may-break.ts",
  "radar/merge-output.ts",
  "radar/overlap.ts",
  "radar/symbols/patch.ts",
  "radar/reach.ts",
  "radar/scan.ts",
  "radar/symbols/traces.ts",
  "run/base-words.ts",
  "run/decide.ts",
  "run/behind.ts",
  "verbs/doctor/logout.ts",
  "verbs/doctor/version.ts",
  "verbs/init/detect.ts",
  "verbs/init/known-agents.ts",
  "verbs/init/toml.ts",
  "run/named.ts",
  "run/plan/former-tasks.ts",
  "run/guard/stray-write.ts",
  "run/summary.ts",
  "watch/holds.ts",
  "talk/ask.ts",
  "talk/message.ts",
  "watch/attention.ts",
  "watch/choices.ts",
  "watch/lab.ts",
  "watch/live.ts",
  "watch/next.ts",
  "watch/race.ts",
  "watch/radar.ts",
  "watch/sentence.ts",
  "watch/standing.ts",
  "watch/status.ts",
  "watch/why.ts",
];

/** Libraries and parts of Node that only compute. */
const pureModules = ["node:crypto", "node:path", "node:util", "picomatch", "smol-toml", "zod"];
/** One-way functions compute; what node:crypto else has does not. */
const impure =
  /\brandom(?:Bytes|UUID|Int)\(|\bDate\.now\(|\bnew Date\(\)|\bperformance\b|\bMath\.random\(|\bprocess\.|\bsetTimeout\(|\bfetch\(|\bconsole\./;

interface Import {
  readonly from: string;
  /** A path below src/ for our own files, else the module's name. */
  readonly to: string;
  readonly ours: boolean;
  readonly typeOnly: boolean;
}

interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const root = join(import.meta.dirname, "../src");
const sources: readonly Source[] = globSync("**/*.ts", { cwd: root })
  .sort()
  .map((path) => {
    const text = readFileSync(join(root, path), "utf8");
    return { path, text, imports: importsOf(path, text) };
  });
const byPath = new Map(sources.map((source) => [source.path, source]));

function importsOf(path: string, text: string): readonly Import[] {
  const declared = /^(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm;
  const lazy = /\bimport\("([^"]+)"\)/g;
  const found = [
    ...[...text.matchAll(declared)].map((match) => ({
      typeOnly: match[1] !== undefined,
      name: match[2],
    })),
    ...[...text.matchAll(lazy)].map((match) => ({ typeOnly: false, name: match[1] })),
  ];
  return found.map(({ typeOnly, name = "" }) => {
    const ours = name.startsWith(".");
    const to = ours ? relative(root, join(root, dirname(path), name)) : name;
    return { from: path, to, ours, typeOnly };
  });
}

const roomOf = (path: string): string => path.split("/")[0] ?? "";
const all = sources.flatMap(({ imports }) => imports);
const arrow = ({ from, to }: Import): string => `${from} → ${to}`;

/** Files whose text matches, outside of where it may. */
function saying(pattern: RegExp, allowed: RegExp): readonly string[] {
  return sources
    .filter(({ path, text }) => !allowed.test(path) && pattern.test(text))
    .map(({ path }) => path);
}

test("there are sources, and every import of ours leads to a file", () => {
  expect(sources.length).toBeGreaterThan(20);
  expect(all.filter(({ ours, to }) => ours && !byPath.has(to)).map(arrow)).toEqual([]);
});

test("every file is in a room, and imports point down", () => {
  expect(sources.map(({ path }) => roomOf(path)).filter((room) => !rooms.includes(room))).toEqual(
    [],
  );
  const rank = (path: string): number => rooms.indexOf(roomOf(path));
  const up = all.filter(({ ours, from, to }) => ours && rank(to) > rank(from));
  expect(up.map(arrow)).toEqual([]);
});

test("faces never import each other", () => {
  const face = (path: string): string => path.split("/")[1] ?? "";
  const between = all.filter(
    ({ from, to }) => roomOf(from) === "faces" && roomOf(to) === "faces" && face(from) !== face(to),
  );
  expect(between.map(arrow)).toEqual([]);
});

test("nothing imports in a circle", () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      circles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
      return;
    }
    if (done.has(path)) return;
    for (const { to, ours, typeOnly } of byPath.get(path)?.imports ?? []) {
      if (ours && !typeOnly) visit(to, [...trail, path]);
    }
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  expect(circles).toEqual([]);
});

test.each([
  ["node:child_process", /^ground\/proc\//],
  ["better-sqlite3", /^ground\/store\//],
  ["commander", /^faces\/cli\//],
])("%s has one door", (module, door) => {
  const elsewhere = all.filter(({ from, to }) => to === module && !door.test(from));
  expect(elsewhere.map(arrow)).toEqual([]);
});

test("only ground/git runs git", () => {
  expect(saying(/\[\s*"git"\s*[,\]]/, /^ground\/git\//)).toEqual([]);
});

test("no git of ours enters a repository inside a worktree, or draws a difference by a program", () => {
  expect(saying(/--ignore-submodules=none|submodule\.recurse=true/, /^$/)).toEqual([]);
  expect(saying(/\["diff(?:-tree|-index|-files)?",(?![^\]]*\.\.\.plainDiff)/, /^$/)).toEqual([]);
  expect(saying(/core\.(?:hooksPath|fsmonitor)=/, /^ground\/git\//)).toEqual([]);
});

test("a prompt becomes an argument through one door", () => {
  expect(saying(/\.launch\(/, /^agents\//)).toEqual([]);
});

/**
 * Files that open others by name, each of which is out of the reach of whoever works in a worktree,
 * or named by a person. All else is opened by `ground/tree-file.ts`: a reason not to be on this list.
 */
const openers: readonly (readonly [reason: string, files: readonly string[]])[] = [
  ["the door itself", ["ground/tree-file.ts", "ground/tree-folder.ts"]],
  ["what the machine tells", ["verbs/doctor/machine-checks.ts"]],
  [
    "what a person names, or their own folders",
    [
      ...["backlog/load.ts", "faces/cli/given-text.ts", "ground/config/load.ts"],
      ...["faces/cli/failure.ts", "grow/limits/login.ts"],
      ...["verbs/init/init.ts", "verbs/demo.ts", "main.ts"],
    ],
  ],
  [
    "the state folder",
    [
      ...["ground/whole-file.ts", "ground/store/store.ts", "ground/git/scratch-objects.ts"],
      ...["ground/git/raw.ts", "hosts/job-file.ts"],
      ...[
        "grow/signals/transcript.ts",
        "grow/worktree/provision.ts",
        "grow/signals/signal-file.ts",
        "grow/prompt/write-renewal.ts",
      ],
      ...["grow/terminal/dialogs.ts", "faces/cli/follow-file.ts", "faces/cli/live-run.ts"],
      ...[
        "land/gate/gate.ts",
        "land/gate/red.ts",
        "land/landing/slot-worktree.ts",
        "radar/settle.ts",
      ],
      ...["rescue/ref/capture.ts", "rescue/ref/rebuild.ts", "rescue/restore.ts"],
      ...["radar/foreign.ts", "run/plan/former-backlog.ts", "run/guard/fingerprint.ts"],
      "run/guard/kept-config.ts",
    ],
  ],
  [
    "git's own folder",
    [
      ...["ground/git/checkout.ts", "ground/git/registration.ts", "ground/git/snapshot.ts"],
      ...["ground/git/nested.ts", "grow/worktree/worktree.ts", "rescue/ref/look.ts"],
      ...["ground/git/by-files.ts", "grow/done/stashes.ts"],
      ...["rescue/ref/move.ts", "land/weave/weave.ts", "land/landing/gate-environment.ts"],
      // The `.git` that it writes anew is one that it has just taken away.
      "land/landing/clean-slot.ts",
    ],
  ],
  ["files that git hands to a merge driver", ["backlog/merge/driver.ts"]],
  ["copies of what is there, made where nothing is", ["grow/worktree/copy-tree.ts"]],
  [
    "what agent programs keep in the home",
    ["grow/delivery/recall.ts", "grow/signals/record-tail.ts", "run/guard/write-attribution.ts"],
  ],
  [
    "the scripted agent, which is one",
    ["agents/scripted/play.ts", "faces/cli/commands/scripted-agent.ts"],
  ],
];

test("files in a tree that others write are opened by one door", () => {
  const opens =
    /^(?:readFile|writeFile|appendFile|open|create\w+Stream|copyFile|cp|(?:sym)?link)(?:Sync)?$/;
  // Processes are read about in /proc, and write into logs of ours.
  const others = sources.filter(({ path }) => !path.startsWith("ground/proc/"));
  const found = others.filter(({ text }) =>
    [...text.matchAll(/^import \{([^}]*)\} from "node:fs(?:\/promises)?"/gm)].some(
      ([, names = ""]) => names.split(/[\s,]+/).some((name) => opens.test(name)),
    ),
  );
  const known = openers.flatMap(([, files]) => files);
  expect(found.map(({ path }) => path)).toEqual(known.toSorted());
});

test("a name that git says is bytes: it becomes text by one function", () => {
  expect(saying(/\.toString\(\)(?:\s*\.replace\([^)]*\))?\s*\.split\("\\0"\)/, /^$/)).toEqual([]);
});

test("only hosts/tmux says tmux", () => {
  expect(saying(/\[\s*"tmux"\s*,/, /^hosts\/tmux\.ts$/)).toEqual([]);
});

test("SQL stands in the store of its phase", () => {
  const sql = /\bSELECT\s[^;]*\sFROM\s|\bINSERT INTO\s|\bUPDATE\s+\w+\s+SET\s|\bDELETE FROM\s/;
  const stores = /-store\.ts$|\/store\/|^ground\/program\.ts$|\/ports\.ts$/;
  expect(saying(sql, stores)).toEqual([]);
});

test("only main.ts touches the process's arguments, environment, streams and end", () => {
  const own = /\bprocess\.(?:argv|env|exit|exitCode|cwd|chdir|stdin|stdout|stderr|on)\b/;
  expect(saying(own, /^main\.ts$/)).toEqual([]);
  expect(saying(/\bconsole\./, /^$/)).toEqual([]);
});

test("only the clock knows the time, and only ids are random", () => {
  expect(
    saying(/\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/, /^ground\/clock\.ts$/),
  ).toEqual([]);
  expect(
    saying(
      /\bMath\.random\(|\brandom(?:Bytes|UUID|Int)\(/,
      /^ground\/(?:random-ids|proc\/line)\.ts$/,
    ),
  ).toEqual([]);
});

test("files that decide import nothing that has effects", () => {
  const effects = new Map<string, string>();
  const look = (path: string): string | undefined => {
    const known = effects.get(path);
    if (known !== undefined) return known === "" ? undefined : known;
    effects.set(path, "");
    const source = byPath.get(path);
    if (source === undefined) return `${path} does not exist`;
    const word = impure.exec(source.text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ""))?.[0];
    let why = word === undefined ? undefined : `${path} says ${word}`;
    for (const { to, ours, typeOnly } of source.imports) {
      if (typeOnly || why !== undefined) continue;
      if (ours) why = look(to);
      else if (!pureModules.includes(to)) why = `${path} imports ${to}`;
    }
    effects.set(path, why ?? "");
    return why;
  };
  const guilty = deciding.flatMap((path) => {
    const why = look(path);
    return why === undefined ? [] : [`${path}: ${why}`];
  });
  expect(guilty).toEqual([]);
});

test("there are no barrels, no catch-alls, and names are kebab-case", () => {
  expect(saying(/^export\s+(?:type\s+)?(?:\*|\{[^}]*\})\s+from\b/m, /^$/)).toEqual([]);
  expect(saying(/^export default\b/m, /^$/)).toEqual([]);
  const bad = sources
    .map(({ path }) => basename(path))
    .filter(
      (name) =>
        !/^[a-z0-9]+(?:-[a-z0-9]+)*\.ts$/.test(name) ||
        /^(?:index|utils?|helpers?|types|common|misc)\.ts$/.test(name),
    );
  expect(bad).toEqual([]);
});
