import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventsOf } from "../../support/events.ts";
import { git, writeFiles } from "../../support/repo.ts";
import { landingOf, status, subjects, taskFile } from "../landing/landing-of.ts";
import { atStop, landApart } from "../queue/land-apart.ts";

const main = (top: string): string => git(top, "rev-parse", "main");
const read = (top: string, path: string): string => readFileSync(join(top, path), "utf8");

/** Paths of a checkout that would be overwritten, and how their owner made them. */
const inTheWay: readonly (readonly [string, (top: string) => void])[] = [
  ["dirty", (top) => writeFiles(top, { "README.md": "mine\n" })],
  [
    "staged",
    (top) => {
      writeFiles(top, { "README.md": "mine\n" });
      git(top, "add", "README.md");
      writeFiles(top, { "README.md": "hello\n" });
    },
  ],
  ["untracked", (top) => writeFiles(top, { "src/auth.txt": "mine\n" })],
  ["ignored", (top) => writeFiles(top, { ".git/info/exclude": "src\n", "src/auth.txt": "mine\n" })],
  ["a file where a folder comes", (top) => writeFiles(top, { src: "mine\n" })],
  ["a folder where a file comes", (top) => writeFiles(top, { "src/auth.txt/mine": "mine\n" })],
  ["a link where a folder comes", (top) => symlinkSync("..", join(top, "src"))],
  [
    "a broken link",
    (top) => {
      mkdirSync(join(top, "src"));
      symlinkSync("nowhere", join(top, "src/auth.txt"));
    },
  ],
  [
    "assumed unchanged",
    (top) => {
      git(top, "update-index", "--assume-unchanged", "README.md");
      writeFiles(top, { "README.md": "mine, and longer\n" });
    },
  ],
];

test.each(inTheWay)("what is in the way stops it with nothing changed: %s", async (_, make) => {
  const files = { "README.md": "changed\n", "src/auth.txt": "auth\n" };
  const { top, act, state, open } = await landingOf({ track: { files } });
  make(top);
  const before = [
    main(top),
    git(top, "status", "--porcelain", "--ignored"),
    git(top, "ls-files", "-s"),
  ];
  const report = await act();
  expect(report).toMatchObject({ outcome: "needs-human", reason: "dirty-target" });
  const after = [
    main(top),
    git(top, "status", "--porcelain", "--ignored"),
    git(top, "ls-files", "-s"),
  ];
  expect(after).toEqual(before);
  expect(state()).toMatchObject({ state: "needs-human", reason: "dirty-target" });
  expect(open()).toBe(0);
});

const operations: readonly (readonly [string, (top: string) => void])[] = [
  ["merge", (top) => tryGit(top, "merge", "other")],
  ["cherry-pick", (top) => tryGit(top, "cherry-pick", "other")],
  ["revert", (top) => tryGit(top, "revert", "--no-edit", "HEAD~1")],
  ["rebase", (top) => tryGit(top, "rebase", "other")],
  ["bisect", (top) => git(top, "bisect", "start", "HEAD", "HEAD~2")],
];

function tryGit(top: string, ...args: readonly string[]): void {
  expect(() => git(top, ...args)).toThrow();
}

test.each(operations)(
  "a %s of the target under way in a checkout is left alone",
  async (name, make) => {
    const { top, act } = await landingOf();
    git(top, "switch", "--quiet", "--create", "other");
    commit(top, "README.md", "other\n");
    git(top, "switch", "--quiet", "main");
    for (const text of ["one\n", "two\n"]) commit(top, "README.md", text);
    make(top);
    const before = [main(top), git(top, "status", "--porcelain")];
    expect(await act()).toMatchObject({
      outcome: "needs-human",
      reason: "target-busy",
      detail: expect.stringContaining(name),
    });
    expect([main(top), git(top, "status", "--porcelain")]).toEqual(before);
  },
);

function commit(top: string, path: string, text: string): void {
  writeFiles(top, { [path]: text });
  git(top, "add", path);
  git(top, "commit", "--quiet", "--message", path);
}

test("a target that is checked out nowhere, or elsewhere, moves alone", async () => {
  const nowhere = await landingOf();
  git(nowhere.top, "switch", "--quiet", "--create", "mine");
  expect(await nowhere.act()).toMatchObject({ outcome: "landed" });
  expect([status(nowhere.top), subjects(nowhere.top)[0]]).toEqual(["", "Tick T1"]);
  const elsewhere = await landingOf();
  const { top } = elsewhere;
  git(top, "switch", "--quiet", "--create", "mine");
  git(top, "worktree", "add", "--quiet", "../else where", "main");
  git(top, "worktree", "add", "--quiet", "--force", "../twice", "main");
  expect(await elsewhere.act()).toMatchObject({ outcome: "landed" });
  for (const place of ["../else where", "../twice"]) {
    expect(status(join(top, place))).toBe("");
    expect(read(top, `${place}/auth.txt`)).toBe("auth\n");
  }
  expect(status(top)).toBe("");
});

test("a checkout of the target whose folder is gone stops the landing, and the report says what to do", async () => {
  const { top, act } = await landingOf();
  git(top, "switch", "--quiet", "--create", "mine");
  git(top, "worktree", "add", "--quiet", "../else", "main");
  renameSync(join(top, "../else"), join(top, "../moved"));
  expect(await act()).toMatchObject({
    outcome: "needs-human",
    hint: expect.stringContaining("git worktree prune"),
  });
});

test("the checkout becomes the commit, with links, modes, folders that become files, and back", async () => {
  const files = {
    "a/b/c": "c\n",
    d: "d\n",
    "run.sh": "#!/bin/sh\n",
    l: "was a file\n",
    gone: "1\n",
  };
  const { top, act, track } = await landingOf({ files, track: { files: {} } });
  const tree = track.worktree;
  git(tree, "rm", "-rq", "a", "d", "gone", "l");
  writeFiles(tree, { a: "now a file\n", "d/e/f": "now a folder\n" });
  symlinkSync("run.sh", join(tree, "l"));
  chmodSync(join(tree, "run.sh"), 0o755);
  git(tree, "add", "--all");
  git(tree, "commit", "--quiet", "--message", "Turn things round");
  expect(await act()).toMatchObject({ outcome: "landed" });
  expect(status(top)).toBe("");
  expect(lstatSync(join(top, "l")).isSymbolicLink()).toBe(true);
  expect(lstatSync(join(top, "run.sh")).mode & 0o111).toBe(0o111);
  expect([read(top, "a"), read(top, "d/e/f")]).toEqual(["now a file\n", "now a folder\n"]);
});

test("a sparse checkout stays sparse, and line ends are those of the checkout", async () => {
  const files = {
    ".gitattributes": "*.txt text eol=crlf\n",
    "in/a.txt": "a\n",
    "out/b.txt": "b\n",
  };
  const changed = { "in/a.txt": "a\r\nmore\r\n", "out/b.txt": "b\r\nmore\r\n" };
  const { top, act } = await landingOf({ files, track: { files: changed } });
  git(top, "sparse-checkout", "set", "in");
  expect(await act()).toMatchObject({ outcome: "landed" });
  expect(status(top)).toBe("");
  expect(read(top, "in/a.txt")).toBe("a\r\nmore\r\n");
  expect(lstatSync(join(top, "out/b.txt"), { throwIfNoEntry: false })).toBeUndefined();
  expect(git(top, "show", "main:out/b.txt")).toBe("b\nmore");
});

test("a submodule's commit moves in the index, and the commit checked out in it stays", async () => {
  const { top, act, track } = await landingOf();
  const commitOf = (text: string) => git(top, "commit-tree", "-m", text, "main^{tree}");
  const [one, two] = [commitOf("one"), commitOf("two")];
  git(top, "update-index", "--add", "--cacheinfo", `160000,${one},sub`);
  git(top, "commit", "--quiet", "--message", "Sub");
  mkdirSync(join(top, "sub"), { recursive: true });
  git(track.worktree, "rebase", "--quiet", "main");
  git(track.worktree, "update-index", "--cacheinfo", `160000,${two},sub`);
  git(track.worktree, "commit", "--quiet", "--message", "Move sub");
  expect(await act()).toMatchObject({ outcome: "landed" });
  expect(git(top, "ls-files", "-s", "sub")).toContain(two);
  expect(status(top)).toBe("");
});

test("git that fails half way through a checkout leaves it as it was", async () => {
  const files = { ".gitattributes": "z.bin filter=odd\n", "a.txt": "old\n", gone: "1\n" };
  const { top, act, track, state } = await landingOf({ files, track: { files: [] } });
  git(top, "config", "filter.odd.smudge", 'case "$PWD" in */repo) exit 1;; esac; cat');
  git(top, "config", "filter.odd.clean", "cat");
  git(top, "config", "filter.odd.required", "true");
  writeFiles(track.worktree, { "a.txt": "new\n", "b/c.txt": "added\n", "z.bin": "z\n" });
  git(track.worktree, "rm", "-q", "gone");
  git(track.worktree, "add", "--all");
  git(track.worktree, "commit", "--quiet", "--message", "Work");
  writeFiles(top, { "TASKS.md": `${taskFile()}- [ ] Mine\n` });
  expect(await act()).toMatchObject({ outcome: "needs-human", reason: "dirty-target" });
  expect(state()).toMatchObject({ detail: expect.stringContaining("filter") });
  expect([status(top), subjects(top)]).toEqual([" M TASKS.md", ["First"]]);
  expect([read(top, "a.txt"), read(top, "gone")]).toEqual(["old\n", "1\n"]);
});

const trivial = { land: { gate: [{ name: "test", command: "true" }] } };

test("a commit of the user between gate and swap is found, kept, and built upon", async () => {
  const { top, open, ground } = await landingOf();
  const apart = landApart(top, trivial, "land:survey:result=SIGSTOP");
  const said = await atStop(apart, () => commit(top, "user.txt", "by the user\n"));
  expect(JSON.parse(said)).toMatchObject({ outcome: "landed" });
  expect(subjects(top)).toEqual(["Tick T1", "auth 1", "user.txt", "First"]);
  expect([status(top), open()]).toEqual(["", 0]);
  const outcomes = eventsOf(ground.store, "landing.landed", "landing.stopped").map(
    ({ outcome }) => outcome,
  );
  expect(outcomes).toEqual(["moved", "landed"]);
});

test("a commit of the user on top of a half landed checkout keeps both works, once", async () => {
  const { top, open } = await landingOf();
  const apart = landApart(top, trivial, "land:checkout:result=SIGSTOP");
  const said = await atStop(apart, () => commit(top, "user.txt", "by the user\n"));
  expect(JSON.parse(said)).toMatchObject({ outcome: "landed" });
  expect([status(top), open()]).toEqual(["", 0]);
  expect([read(top, "auth.txt"), read(top, "user.txt")]).toEqual(["auth\n", "by the user\n"]);
  expect(read(top, "TASKS.md")).toBe(taskFile("T1"));
});

test("a checkout that is switched to another branch meanwhile is given back to that branch", async () => {
  const { top, open } = await landingOf();
  const apart = landApart(top, trivial, "land:checkout:result=SIGSTOP");
  const said = await atStop(apart, () => git(top, "switch", "--quiet", "--create", "mine", "HEAD"));
  expect(JSON.parse(said)).toMatchObject({ outcome: "landed" });
  expect(subjects(top)[0]).toBe("Tick T1");
  expect([status(top), open()]).toEqual(["", 0]);
  expect(lstatSync(join(top, "auth.txt"), { throwIfNoEntry: false })).toBeUndefined();
});

const taskFiles: readonly (readonly [
  string,
  Record<string, string>,
  (top: string) => void,
  string,
])[] = [
  [
    "edited",
    {},
    (top) => writeFiles(top, { "TASKS.md": `${taskFile()}- [ ] Mine\n` }),
    `${taskFile("T1")}- [ ] Mine\n`,
  ],
  [
    "staged and edited",
    {},
    (top) => {
      writeFiles(top, { "TASKS.md": taskFile("T2") });
      git(top, "add", "TASKS.md");
      writeFiles(top, { "TASKS.md": `${taskFile("T2")}- [ ] Mine\n` });
    },
    `${taskFile("T1", "T2")}- [ ] Mine\n`,
  ],
  [
    "with CRLF",
    { ".gitattributes": "TASKS.md text eol=crlf\n" },
    (top) => {
      writeFiles(top, { "TASKS.md": `${taskFile()}- [ ] Mine\n`.replaceAll("\n", "\r\n") });
    },
    `${taskFile("T1")}- [ ] Mine\n`.replaceAll("\n", "\r\n"),
  ],
];

test.each(taskFiles)(
  "a dirty task file is merged with the ticks: %s",
  async (name, files, make, expected) => {
    const { top, act } = await landingOf({ files });
    make(top);
    chmodSync(join(top, "TASKS.md"), 0o640);
    expect(await act()).toMatchObject({ outcome: "landed" });
    expect(read(top, "TASKS.md")).toBe(expected);
    expect(lstatSync(join(top, "TASKS.md")).mode & 0o777).toBe(0o640);
    expect(git(top, "show", "main:TASKS.md")).toBe(taskFile("T1").trimEnd());
    if (name.startsWith("staged")) {
      expect(git(top, "show", ":TASKS.md")).toBe(taskFile("T1", "T2").trimEnd());
    } else {
      expect(status(top)).toBe(" M TASKS.md");
    }
  },
);

test("a task file that git ignores is ticked where it lies, through a link too", async () => {
  const { top, act } = await landingOf({
    files: { "TASKS.md": "" },
    track: { files: { "auth.txt": "auth\n" } },
  });
  git(top, "rm", "-q", "--cached", "TASKS.md");
  writeFiles(top, { ".gitignore": "/TASKS.md\n", "../tasks-of-mine.md": taskFile() });
  git(top, "add", ".gitignore");
  git(top, "commit", "--quiet", "--message", "Ignore the tasks");
  renameSync(join(top, "TASKS.md"), join(top, "../old-tasks.md"));
  symlinkSync("../tasks-of-mine.md", join(top, "TASKS.md"));
  expect(await act()).toMatchObject({ outcome: "landed", paths: ["auth.txt"] });
  expect(read(top, "../tasks-of-mine.md")).toBe(taskFile("T1"));
  expect(lstatSync(join(top, "TASKS.md")).isSymbolicLink()).toBe(true);
});
