import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { circlesOf } from "../scripts/house/circles.ts";
import { folderOf, type Import, readSources, roomOf } from "../scripts/house/sources.ts";

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
  "predict",
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

/** The order of inner rooms, bottom to top; "." is what lies in the room itself. */
const innerRooms: { readonly [room: string]: readonly string[] } = {
  agents: ["."],
  backlog: [".", "merge"],
  predict: ["paths", "."],
  radar: ["symbols", "."],
  grow: [
    ...["worktree", "limits", "done", "prompt", "signals", "delivery", "turn", "terminal"],
    ...["supervise", "."],
  ],
  rescue: ["ref", "."],
  land: ["landing", "guard", "gate", "weave", "advance", "attempt", "queue", "."],
  run: ["plan", "guard", "."],
  verbs: ["doctor", "init", "."],
};

/** The inner rooms that other rooms look into; of the rest, no file is imported from outside. */
const shown: { readonly [room: string]: readonly string[] } = {
  backlog: [".", "merge"],
  predict: [".", "paths"],
  radar: [".", "symbols"],
  grow: [
    ...[".", "delivery", "limits", "prompt", "signals", "supervise", "terminal", "turn"],
    "worktree",
  ],
  rescue: [".", "ref"],
  land: ["attempt", "gate", "guard", "landing", "queue", "weave"],
  run: [".", "guard", "plan"],
  verbs: [".", "doctor", "init"],
};

/** Folders of one shape each, which may have as many files as there are such things. */
const oneShape = ["faces/cli/commands", "verbs"];
const mostFiles = 25;

/** Libraries and parts of Node that only compute. */
const pureModules = ["node:crypto", "node:path", "node:util", "picomatch", "smol-toml", "zod"];
/** Hashes compute; what node:crypto else has does not. */
const impure =
  /\brandom(?:Bytes|UUID|Int)\(|\bDate\.now\(|\bnew Date\(\)|\bperformance\b|\bMath\.random\(|\bprocess\.|\bsetTimeout\(|\bfetch\(|\bconsole\./;

const root = join(import.meta.dirname, "../src");
const sources = readSources(root);
const byPath = new Map(sources.map((source) => [source.path, source]));

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
  expect(all.filter(({ isOurs, to }) => isOurs && !byPath.has(to)).map(arrow)).toEqual([]);
});

test("every file is in a room, and imports point down", () => {
  expect(sources.map(({ path }) => roomOf(path)).filter((room) => !rooms.includes(room))).toEqual(
    [],
  );
  const rank = (path: string): number => rooms.indexOf(roomOf(path));
  const up = all.filter(({ isOurs, from, to }) => isOurs && rank(to) > rank(from));
  expect(up.map(arrow)).toEqual([]);
});

test("faces never import each other", () => {
  const face = (path: string): string => path.split("/")[1] ?? "";
  const between = all.filter(
    ({ from, to }) => roomOf(from) === "faces" && roomOf(to) === "faces" && face(from) !== face(to),
  );
  expect(between.map(arrow)).toEqual([]);
});

/**
 * Files of the command line that still do themselves what a verb does. None may be added; a file that
 * has become clean is taken off.
 */
const stillActing: readonly string[] = [
  ...[
    "answer",
    "attach",
    "compare",
    "hosted",
    "inbox",
    "land",
    "merge-driver",
    "pick",
    "plan",
    "radar",
    "run",
    "scripted-agent",
    "supervise",
    "tell",
  ].map((verb) => `faces/cli/commands/${verb}.ts`),
  "faces/cli/conduct.ts",
  "faces/cli/dry-run.ts",
  "faces/cli/host-option.ts",
  "faces/cli/live-run.ts",
];

test("a face asks verbs, draws with watch/, and reaches below only to the ground", () => {
  const asked = ["faces", "verbs", "watch", "ground"];
  const acting = all
    .filter(
      ({ isOurs, from, to }) => isOurs && roomOf(from) === "faces" && !asked.includes(roomOf(to)),
    )
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .map(({ from }) => from);
  expect([...new Set(acting)].toSorted()).toEqual(stillActing);
});

test("nothing imports in a circle, types counted", () => {
  expect(circlesOf(sources)).toEqual([]);
});

/** The folder below its room in which a file lies; "." for the room itself. */
const innerOf = (path: string): string => {
  const [, inner = "", ...rest] = path.split("/");
  return rest.length === 0 ? "." : inner;
};

test("inside a room, imports point down as well", () => {
  const up = all.filter(({ isOurs, from, to }) => {
    const order = innerRooms[roomOf(from)];
    if (!isOurs || order === undefined || roomOf(to) !== roomOf(from)) return false;
    const [own, other] = [order.indexOf(innerOf(from)), order.indexOf(innerOf(to))];
    return order.length > 1 && (own < 0 || other < 0 || other > own);
  });
  expect(up.map(arrow)).toEqual([]);
});

test("a room shows to others what it says it shows", () => {
  const seen: Record<string, Set<string>> = {};
  for (const { isOurs, from, to } of all) {
    const room = roomOf(to);
    if (!isOurs || roomOf(from) === room || (innerRooms[room]?.length ?? 0) < 2) continue;
    seen[room] = (seen[room] ?? new Set()).add(innerOf(to));
  }
  const found = Object.entries(seen).map(([room, inner]) => [room, [...inner].toSorted()]);
  const said = Object.entries(shown).map(([room, inner]) => [room, inner.toSorted()]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(said));
});

test(`a folder has at most ${mostFiles} files`, () => {
  const counts = new Map<string, number>();
  for (const { path } of sources) counts.set(folderOf(path), (counts.get(folderOf(path)) ?? 0) + 1);
  const full = [...counts].filter(
    ([folder, files]) => files > mostFiles && !oneShape.includes(folder),
  );
  expect(full).toEqual([]);
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

/** Why a file has effects, by itself or by an import; undefined for a file that only computes. */
function effectOf(path: string, known: Map<string, string | undefined>): string | undefined {
  if (known.has(path)) return known.get(path);
  known.set(path, undefined);
  const source = byPath.get(path);
  if (source === undefined) return `${path} does not exist`;
  const word = impure.exec(source.text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ""))?.[0];
  let why = word === undefined ? undefined : `${path} says ${word}`;
  for (const { to, isOurs, isTypeOnly } of source.imports) {
    if (isTypeOnly || why !== undefined) continue;
    if (isOurs) why = effectOf(to, known);
    else if (!pureModules.includes(to)) why = `${path} imports ${to}`;
  }
  known.set(path, why);
  return why;
}

/** The files that rows of the page name as deciding: paths, names beside the path before, or folders. */
function decidedIn(): readonly string[] {
  const page = readFileSync(join(root, "../docs/ARCHITECTURE.md"), "utf8");
  const [, table = ""] = page.split("| behaviour | decided in | done in |");
  return table.split("\n").flatMap((row) => {
    const [, , cell = ""] = row.split(" | ").length < 3 ? [] : ["", ...row.split(" | ")];
    let folder = "";
    return [...cell.matchAll(/`([\w/.-]+(?:\.ts|\/))`/g)].flatMap(([, name = ""]) => {
      if (name.endsWith("/")) return [...byPath.keys()].filter((path) => path.startsWith(name));
      if (name.includes("/")) folder = dirname(name);
      return name.includes("/") ? name : `${folder}/${name}`;
    });
  });
}

test("a file that the page says decides has no effects", () => {
  const known = new Map<string, string | undefined>();
  const deciding = decidedIn();
  expect(deciding.length).toBeGreaterThan(80);
  const guilty = deciding.map((path) => [path, effectOf(path, known)] as const);
  expect(guilty.filter(([, why]) => why !== undefined)).toEqual([]);
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
