import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findInside } from "../../../src/ground/proc/find.ts";
import { recoverLandings } from "../../../src/land/attempt/recover.ts";
import { landTrack } from "../../../src/land/queue/land-track.ts";
import { findTrack } from "../../../src/track/track-store.ts";
import { formatLanding } from "../../../src/watch/landing.ts";
import { readyTrack } from "../../support/ready-track.ts";
import { commitFiles, git, writeFiles } from "../../support/repo.ts";
import { landingOf, type Scene, status, subjects, taskFile } from "../landing/landing-of.ts";
import { landApart } from "../queue/land-apart.ts";

const gate = (
  command: string,
  land: Partial<NonNullable<NonNullable<Scene["config"]>["land"]>> = {},
) => ({
  config: { land: { ...land, gate: [{ name: "test", command }] } },
});

/** Gates that do not pass, and the expected reports. */
const failing: readonly (readonly [string, Scene, object])[] = [
  ["exits", gate("echo seen; exit 7"), { outcome: "red", gate: { exitCode: 7 } }],
  ["is killed", gate("kill -9 $$"), { outcome: "red", gate: { exitCode: null } }],
  [
    "kills its parent",
    gate("kill -9 $PPID; sleep 60"),
    { outcome: "red", gate: { exitCode: null } },
  ],
  ["never ends", gate("sleep 60", { timeoutMs: 300 }), { outcome: "timeout", reason: "timeout" }],
  ["writes into the tree", gate("echo x >> README.md"), { outcome: "red", paths: ["README.md"] }],
  ["commits", gate("git commit -qm x --allow-empty"), { outcome: "red", paths: ["HEAD"] }],
  ["stages", gate("echo x > y; git add y"), { outcome: "red", paths: ["y"] }],
];

test.each(failing)(
  "a gate that %s lets nothing land, and the track gets it back",
  async (_, scene, expected) => {
    const { top, act, state, track, config } = await landingOf(scene);
    const before = git(top, "rev-parse", "main");
    expect(await act()).toMatchObject(expected);
    expect(git(top, "rev-parse", "main")).toBe(before);
    expect(status(top)).toBe("");
    expect(state()).toMatchObject({ state: "handed-back", kind: "red" });
    expect(readFileSync(join(track.worktree, ".pleach/HANDOFF.md"), "utf8")).toContain(
      "did not land",
    );
    const integration = join(config.worktrees.root, ".integration-1");
    expect(await findInside(integration)).toEqual({ kind: "known", processes: [] });
  },
);

test("what a gate leaves running ends with it", async () => {
  const { act, config } = await landingOf(gate("setsid sleep 60 & (sleep 60 &)"));
  expect(await act()).toMatchObject({ outcome: "landed" });
  const integration = join(config.worktrees.root, ".integration-1");
  expect(await findInside(integration)).toEqual({ kind: "known", processes: [] });
});

test("a gate that was running when its landing was killed is ended, and has not passed", async () => {
  const scene = gate("touch ../../running; sleep 60");
  const { top, ground, config, state, open } = await landingOf(scene);
  const { child, ended } = landApart(top, scene.config, "");
  await expect.poll(() => existsSync(join(top, "../running")), { timeout: 20_000 }).toBe(true);
  child.kill("SIGKILL");
  await ended;
  expect(await recoverLandings(ground, config)).toMatchObject([{ reason: "interrupted" }]);
  expect(state()).toMatchObject({ state: "ready" });
  expect(open()).toBe(0);
  const integration = join(config.worktrees.root, ".integration-1");
  expect(await findInside(integration)).toEqual({ kind: "known", processes: [] });
});

test("an interrupt ends the gate and takes the landing back", async () => {
  const { act, state, open } = await landingOf(gate("sleep 60"));
  const stop = new AbortController();
  const onProgress = ({ kind }: { kind: string }) => kind === "output" && stop.abort();
  expect(await act({ signal: stop.signal, onProgress })).toMatchObject({ reason: "interrupted" });
  expect([state()?.state, open()]).toEqual(["ready", 0]);
});

test("a passed gate is not run again for the same tree", async () => {
  const { top, act } = await landingOf(gate("echo run >> ../../runs"));
  writeFiles(top, { "auth.txt": "in the way\n" });
  expect(await act()).toMatchObject({ reason: "dirty-target" });
  git(top, "clean", "-fdq");
  expect(await act()).toMatchObject({ outcome: "landed", gate: { exitCode: 0 } });
  expect(readFileSync(join(top, "../runs"), "utf8")).toBe("run\n");
});

test("a red gate is run again; passed on the same tree, it is called flaky and not relied on", async () => {
  const { top, act, ground } = await landingOf(gate("echo run >> ../../runs; test -e ../../pass"));
  expect(await act()).toMatchObject({ outcome: "red" });
  writeFiles(top, { "../pass": "", "auth.txt": "in the way\n" });
  expect(await act()).toMatchObject({ reason: "dirty-target", gate: { flaky: true } });
  git(top, "clean", "-fdq");
  expect(await act()).toMatchObject({ outcome: "landed", gate: { exitCode: 0, flaky: true } });
  expect(readFileSync(join(top, "../runs"), "utf8")).toBe("run\nrun\nrun\n");
  const told = ground.store.events().map(({ type }) => type);
  expect(told.filter((type) => type === "gate.wavered")).toHaveLength(2);
});

test("named steps run in order, and the first that fails is named", async () => {
  const steps = [
    { name: "lint", command: "echo lint >> ../../ran" },
    { name: "test", command: "echo test >> ../../ran; exit 3" },
    { name: "slow", command: "echo slow >> ../../ran" },
  ];
  const { top, act } = await landingOf({ config: { land: { gate: steps } } });
  const report = await act();
  expect(report).toMatchObject({ outcome: "red", gate: { exitCode: 3 } });
  expect(report.gate?.command).toContain("exit 3");
  expect(report.detail).toMatch(/^test: .*exit code 3$/);
  expect(report.hint).toMatch(/the whole output: .*gate\.log$/);
  expect(readFileSync(join(top, "../ran"), "utf8")).toBe("lint\ntest\n");
});

test("nothing lands without a gate, unless a person says so", async () => {
  const { act, state } = await landingOf({ config: { land: { gate: [] } } });
  expect(await act()).toMatchObject({ outcome: "needs-human", reason: "no-gate" });
  expect(state()).toMatchObject({ state: "needs-human", reason: "no-gate" });
  expect(await act({ noGate: true })).toMatchObject({ outcome: "landed", gate: null });
});

test("a guarded path waits for a person, before the gate has run", async () => {
  const files = { ".github/ci.yml": "true\n" };
  const scene = gate("echo run >> ../../runs", { guard: [".github/**"] });
  const { top, act } = await landingOf({ ...scene, track: { files } });
  expect(await act()).toMatchObject({ reason: "guarded", paths: [".github/ci.yml"] });
  expect(existsSync(join(top, "../runs"))).toBe(false);
  expect(await act({ acceptGate: true })).toMatchObject({ outcome: "landed" });
});

const manifest = (test: string, dependencies = {}): string =>
  JSON.stringify({ scripts: { test }, dependencies });

test("a part of a file waits for a person, and the rest of the file does not", async () => {
  const scene = gate("true", { guard: ["package.json#scripts"] });
  const files = { "package.json": manifest("node test.js") };
  const dependency = { "package.json": manifest("node test.js", { a: "1" }) };
  const added = await landingOf({ ...scene, files, track: { files: dependency } });
  expect(await added.act()).toMatchObject({ outcome: "landed" });
  const other = { "package.json": manifest("true") };
  const { act } = await landingOf({ ...scene, files, track: { files: other } });
  const waits = { outcome: "needs-human", reason: "guarded", paths: ["package.json"] };
  const report = await act();
  expect(report).toMatchObject(waits);
  expect(report.detail).toContain("package.json (scripts)");
  expect(await act({ acceptGate: true })).toMatchObject({
    outcome: "landed",
    deciding: "package.json (scripts)",
  });
});

test("a change of what the gate reads is said where nothing guards it", async () => {
  const files = { "package.json": manifest("node test.js") };
  const track = { files: { "package.json": manifest("true"), "vitest.config.ts": "" } };
  const lines = "npm --version && npx --no vitest || true";
  const said = await landingOf({ ...gate(lines), files, track });
  expect(await said.act()).toMatchObject({
    outcome: "landed",
    deciding: "package.json (scripts), vitest.config.ts",
  });
});

test("a guarded file that became a link, was renamed or was removed waits for a person", async () => {
  const scene = gate("true", { guard: ["package.json#scripts", "ci/**"] });
  const files = { "package.json": manifest("node test.js"), "ci/run": "true\n" };
  const { act, track } = await landingOf({ ...scene, files });
  rmSync(join(track.worktree, "package.json"));
  symlinkSync("other.json", join(track.worktree, "package.json"));
  git(track.worktree, "mv", "ci/run", "run");
  git(track.worktree, "commit", "--quiet", "--all", "--message", "Move");
  expect(await act()).toMatchObject({ reason: "guarded", paths: ["ci/run", "package.json"] });
});

test("the gate's worktree is set up again only when the inputs of the setup differ", async () => {
  const worktrees = { setup: ["cat dep.lock >> ../setups"], setupInputs: ["*.lock"] };
  const scene = { config: { ...gate("true").config, worktrees }, files: { "dep.lock": "1\n" } };
  const { top, act } = await landingOf({ ...scene, track: { files: { "dep.lock": "2\n" } } });
  expect(await act()).toMatchObject({ outcome: "landed" });
  expect(readFileSync(join(top, "../repo.trees/setups"), "utf8")).toBe("2\n");
});

test("the third failure is a person's, with three commands to choose from", async () => {
  const { top, act, state, ground, track } = await landingOf(gate("exit 1"));
  const notes: string[] = [];
  const onProgress = (progress: { kind: string; text?: string }) =>
    progress.kind === "note" && notes.push(progress.text ?? "");
  expect(await act({ onProgress })).toMatchObject({ outcome: "red" });
  expect(await act({ onProgress })).toMatchObject({ outcome: "red" });
  expect(notes).toEqual([]);
  expect(await act({ onProgress })).toMatchObject({ outcome: "needs-human", reason: "tries" });
  expect(state()).toMatchObject({ state: "needs-human", reason: "tries" });
  expect(notes.join("\n")).toMatch(/pleach start auth.*\n.*pleach land auth.*\n.*pleach drop auth/);
  expect(findTrack(ground.store, track.name)?.tries).toBe(2);
  expect(subjects(top)).toEqual(["First"]);
});

test("a conflict comes back with its hunks, is not tried again unmoved, and lands once mended", async () => {
  const { top, act, track, state } = await landingOf({
    track: { files: { "README.md": "theirs\n" } },
  });
  commitFiles(top, { "README.md": "ours\n" });
  expect(await act()).toMatchObject({ outcome: "conflict", paths: ["README.md"], gate: null });
  expect(state()).toEqual({ state: "handed-back", kind: "conflict", paths: ["README.md"] });
  const handoff = readFileSync(join(track.worktree, ".pleach/HANDOFF.md"), "utf8");
  for (const part of ["git rebase main", "<<<<<<<", "ours", "theirs", "README.md"]) {
    expect(handoff).toContain(part);
  }
  const kept = join(top, ".git/pleach/tracks/auth/HANDOFF.md");
  expect(readFileSync(kept, "utf8")).toBe(handoff);
  expect(await act()).toMatchObject({ outcome: "handed-back", reason: "conflict" });
  git(track.worktree, "rebase", "--quiet", "--strategy-option=theirs", "main");
  expect(await act()).toMatchObject({ outcome: "landed" });
  expect(readFileSync(join(top, "README.md"), "utf8")).toBe("theirs\n");
});

test("the handoff of a conflict says what both sides want, and whose work is in the way", async () => {
  const { top, ground, config, act, track } = await landingOf({
    track: { files: { "README.md": "theirs\n" } },
  });
  const other = readyTrack(ground, config, "docs", {
    ...{ tasks: ["T2"], files: { "README.md": "docs\n" } },
  });
  expect(await landTrack(ground, config, other.name)).toMatchObject({ outcome: "landed" });
  commitFiles(top, { "elsewhere.txt": "x\n" }, "Not in the way");
  expect(await act()).toMatchObject({ outcome: "conflict" });
  const handoff = readFileSync(join(track.worktree, ".pleach/HANDOFF.md"), "utf8");
  expect(handoff).toContain("- yours: Task T1");
  expect(handoff).toContain("- landed meanwhile, docs: Task T2");
  expect(handoff).toMatch(/- new in main in these paths: [0-9a-f]+ docs 1/);
  expect(handoff).not.toContain("Not in the way");
});

test("soft paths settle by their policy", async () => {
  const files = { "CHANGELOG.md": "# Log\n", "dep.lock": "0\n" };
  const worker = {
    "CHANGELOG.md": "# Log\n- theirs\n",
    "dep.lock": "worker\n",
    "TASKS.md": taskFile("T3"),
  };
  const soft = [
    { pattern: "CHANGELOG.md", policy: { kind: "union" } },
    {
      pattern: "*.lock",
      policy: { kind: "regenerate", command: "echo made > dep.lock; echo x > README.md" },
    },
  ] as const;
  const { top, act } = await landingOf({ files, config: { soft }, track: { files: worker } });
  commitFiles(top, {
    "CHANGELOG.md": "# Log\n- ours\n",
    "dep.lock": "main\n",
    "TASKS.md": taskFile("T2"),
  });
  expect(await act()).toMatchObject({ outcome: "landed" });
  expect(readFileSync(join(top, "CHANGELOG.md"), "utf8")).toBe("# Log\n- ours\n- theirs\n");
  expect(readFileSync(join(top, "dep.lock"), "utf8")).toBe("made\n");
  expect(readFileSync(join(top, "README.md"), "utf8")).toBe("hello\n");
  expect(readFileSync(join(top, "TASKS.md"), "utf8")).toBe(taskFile("T1", "T2", "T3"));
  expect(status(top)).toBe("");
});

test("a track on the target's tip is not rewritten, and a track whose work is there already is landed", async () => {
  const fresh = await landingOf({ track: { tasks: [] } });
  const tip = git(fresh.track.worktree, "rev-parse", "HEAD");
  expect(await fresh.act()).toMatchObject({ outcome: "landed", commit: tip });
  const merged = await landingOf();
  git(merged.top, "merge", "--quiet", "--ff-only", "work/auth");
  expect(await merged.act()).toMatchObject({ outcome: "landed", paths: ["TASKS.md"] });
  const picked = await landingOf({ track: { tasks: [] } });
  commitFiles(picked.top, { "other.txt": "other\n" });
  git(picked.top, "cherry-pick", "work/auth");
  const before = git(picked.top, "rev-parse", "main");
  expect(await picked.act()).toMatchObject({ outcome: "landed", commit: before, paths: [] });
  const empty = await landingOf({ track: { files: [] } });
  expect(await empty.act()).toMatchObject({ outcome: "nothing" });
});

test("a rewritten target gets the track's own commits and nothing of its former self", async () => {
  const { top, act } = await landingOf({
    track: { files: [{ "auth.txt": "1\n" }, { "auth.txt": "2\n" }] },
  });
  git(top, "commit", "--quiet", "--amend", "--message", "First, reworded");
  expect(await act()).toMatchObject({ outcome: "landed" });
  expect(subjects(top)).toEqual(["Tick T1", "auth 2", "auth 1", "First, reworded"]);
});

test("a track with merges is squashed, or merged when that is the wish, ticks included", async () => {
  const merging = async () => {
    const scene = await landingOf();
    commitFiles(scene.top, { "main.txt": "main\n" });
    git(scene.track.worktree, "merge", "--quiet", "--no-edit", "main");
    commitFiles(scene.top, { "more.txt": "more\n" });
    return scene;
  };
  const squashed = await merging();
  expect(await squashed.act()).toMatchObject({
    outcome: "landed",
    paths: ["TASKS.md", "auth.txt"],
  });
  expect(subjects(squashed.top)).toEqual(["auth 1", "Change", "Change", "First"]);
  const merged = await merging();
  expect(await merged.act({ strategy: "merge" })).toMatchObject({ outcome: "landed" });
  expect(subjects(merged.top).slice(0, 2)).toEqual(["Tick T1", "Merge track auth"]);
});

test("the configured strategy holds for a landing that is told no other", async () => {
  const scene = {
    config: { land: { strategy: "squash" } },
    track: { files: [{ "auth.txt": "1\n" }, { "auth.txt": "2\n" }] },
  } as const;
  const squashed = await landingOf(scene);
  expect(await squashed.act()).toMatchObject({ outcome: "landed" });
  expect(subjects(squashed.top)).toHaveLength(2);
  const kept = await landingOf(scene);
  expect(await kept.act({ strategy: "rebase" })).toMatchObject({ outcome: "landed" });
  expect(subjects(kept.top)).toEqual(["Tick T1", "auth 2", "auth 1", "First"]);
});

test("what a user has configured for rebases and hooks does not reach into a landing", async () => {
  const { top, act, track } = await landingOf();
  for (const [key, value] of [
    ["rebase.updateRefs", "true"],
    ["rebase.autoStash", "true"],
    ["rebase.autoSquash", "true"],
    ["rebase.abbreviateCommands", "true"],
    ["core.editor", "false"],
    ["merge.ff", "only"],
  ]) {
    git(top, "config", key ?? "", value ?? "");
  }
  git(top, "branch", "other", "work/auth");
  commitFiles(top, { "main.txt": "main\n" });
  mkdirSync(join(top, ".git/hooks"), { recursive: true });
  for (const hook of ["pre-commit", "commit-msg", "post-checkout", "pre-rebase", "post-rewrite"]) {
    writeFiles(top, { [`.git/hooks/${hook}`]: "#!/bin/sh\nexit 1\n" });
    chmodSync(join(top, `.git/hooks/${hook}`), 0o755);
  }
  const refs = git(top, "rev-parse", "other", "work/auth");
  const notes: string[] = [];
  const report = await act({ onProgress: (one) => one.kind === "note" && notes.push(one.text) });
  expect(report).toMatchObject({ outcome: "landed" });
  expect(git(top, "rev-parse", "other", "work/auth")).toBe(refs);
  expect(git(track.worktree, "rev-parse", "HEAD")).toBe(refs.split("\n")[1]);
  expect(notes.join("\n")).toMatch(/hooks are off.*pre-commit/);
});

test("authors and their dates are kept", async () => {
  const { top, act, track } = await landingOf();
  const author = ["--author=Ann <ann@example.invalid>", "--date=2020-02-02T02:02:02Z"];
  git(track.worktree, "commit", "--quiet", "--amend", "--no-edit", ...author);
  commitFiles(top, { "main.txt": "main\n" });
  expect(await act()).toMatchObject({ outcome: "landed" });
  expect(git(top, "log", "-1", "--format=%an %at", "main~1")).toBe("Ann 1580608922");
});

test("nothing lands unsigned where commits are signed and the key would have to be unlocked", async () => {
  const { top, act, state, open } = await landingOf();
  commitFiles(top, { "main.txt": "main\n" });
  writeFiles(top, { "../gpg": "#!/bin/sh\necho 'gpg: signing failed: No pinentry' >&2\nexit 2\n" });
  chmodSync(join(top, "../gpg"), 0o755);
  git(top, "config", "commit.gpgSign", "true");
  git(top, "config", "gpg.program", join(top, "../gpg"));
  const before = git(top, "rev-parse", "main");
  expect(await act()).toMatchObject({ outcome: "refused", reason: "signing" });
  expect(state()).toMatchObject({ state: "needs-human", reason: "signing" });
  expect([git(top, "rev-parse", "main"), open()]).toEqual([before, 0]);
});

const unfit: readonly (readonly [string, (tree: string) => void, string])[] = [
  ["uncommitted work", (tree) => writeFiles(tree, { "more.txt": "more\n" }), "not-done"],
  [
    "another branch",
    (tree) => git(tree, "switch", "--quiet", "--create", "elsewhere"),
    "wrong-branch",
  ],
  ["no worktree", (tree) => git(tree, "worktree", "remove", tree), "worktree-missing"],
];

test.each(unfit)("a track with %s does not land", async (_, make, reason) => {
  const { top, act, track, state } = await landingOf();
  make(track.worktree);
  expect(await act()).toMatchObject({ outcome: "needs-human", reason });
  expect(state()).toMatchObject({ state: "needs-human", reason });
  expect(subjects(top)).toEqual(["First"]);
});

test("the first failure of a red gate is told, not the end of its output", async () => {
  const output = [
    "1..40",
    "not ok 1 - adds",
    "  expected: 4",
    ...Array.from({ length: 39 }, (_, at) => `ok ${at + 2} - other`),
    "# done",
  ];
  const files = { "out.tap": `${output.join("\n")}\n` };
  const { act, state, track } = await landingOf({ files, ...gate("cat out.tap; exit 1") });
  const report = await act();
  expect(report).toMatchObject({
    detail: "`cat out.tap; exit 1`: exit code 1: not ok 1 - adds",
    failing: ["not ok 1 - adds", "  expected: 4"],
  });
  expect(formatLanding(report, { width: 80, color: false })).toContain("  | not ok 1 - adds");
  expect(state()).toMatchObject({ state: "handed-back", first: "not ok 1 - adds" });
  const handoff = readFileSync(join(track.worktree, ".pleach/HANDOFF.md"), "utf8");
  expect(handoff).toContain("## What failed first\n\n```\nnot ok 1 - adds\n");
});

test("a program that the gate does not find is named", async () => {
  const { act } = await landingOf(gate("no-such-runner --all"));
  expect(await act()).toMatchObject({
    outcome: "red",
    detail: expect.stringContaining("no-such-runner is not here"),
  });
});
