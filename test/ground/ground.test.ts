import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findCommit, swapRef } from "../../src/ground/git/refs.ts";
import { listWorktrees } from "../../src/ground/git/worktrees.ts";
import { parseSha } from "../../src/ground/ids.ts";
import { endAll } from "../../src/ground/proc/end.ts";
import { findInside, findMarked, withDescendants } from "../../src/ground/proc/find.ts";
import { liveness } from "../../src/ground/proc/identity.ts";
import { run } from "../../src/ground/proc/run.ts";
import { startDetached } from "../../src/ground/proc/start.ts";
import { adoptProgram, beginProgram, openPrograms } from "../../src/ground/program.ts";
import { releaseLease, takeLease } from "../../src/ground/store/lease.ts";
import { encoded } from "../../src/ground/text.ts";
import { testEnv } from "../support/env.ts";
import { commitFiles, git, gitRepo, groundOf } from "../support/repo.ts";
import { scratch } from "../support/scratch.ts";

test("a repository is opened with its state beside git's own files", async () => {
  const folder = gitRepo();
  const ground = await groundOf(folder);
  expect(ground.repo).toMatchObject({ top: folder, mainTop: folder, name: "repo" });
  expect(ground.repo.stateDir).toBe(`${folder}/.git/pleach`);
  ground.store.transaction(() => ground.store.append({ type: "run.warned", budget: "half" }));
  expect(ground.store.events()).toMatchObject([{ seq: 1, type: "run.warned", budget: "half" }]);
  expect(await listWorktrees(ground.git)).toMatchObject([{ kind: "branch", branch: "main" }]);
});

test("a ref is swapped only from the commit we think it names", async () => {
  const folder = gitRepo();
  const { git: door } = await groundOf(folder);
  const first = parseSha(git(folder, "rev-parse", "HEAD"));
  const second = parseSha(commitFiles(folder, { a: "1" }));
  const ref = "refs/heads/other";
  const make = { from: undefined, to: first, reason: "test" };
  expect(await findCommit(door, ref)).toBeUndefined();
  expect(await swapRef(door, ref, make)).toBe("swapped");
  expect(await swapRef(door, ref, make)).toBe("moved");
  expect(await swapRef(door, ref, { from: second, to: first, reason: "test" })).toBe("moved");
  expect(await swapRef(door, ref, { from: first, to: second, reason: "test" })).toBe("swapped");
});

test("a lease is refused while its owner lives and passes on, fenced, when it is gone", async () => {
  const { store, self, clock } = await groundOf(gitRepo());
  const child = await startDetached(["sleep", "60"], {
    cwd: "/",
    env: testEnv(),
    outputFile: `${scratch()}/out`,
  });
  if (child.kind !== "started") throw new Error(child.why);
  const other = child.process;
  expect(await takeLease(store, "run", other, 1)).toMatchObject({ lease: { token: 1 } });
  expect(await takeLease(store, "run", self, 2)).toMatchObject({ kind: "held", since: 1 });
  const ended = await endAll(async () => await withDescendants([other]), {
    clock,
    graceMs: 2_000,
    limitMs: 2_000,
  });
  expect(ended).toMatchObject({ kind: "gone", ended: 1 });
  expect(await liveness(other)).toBe("gone");
  const taken = await takeLease(store, "run", self, 3);
  expect(taken).toMatchObject({ kind: "taken", lease: { token: 2 } });
  if (taken.kind === "taken") releaseLease(store, taken.lease);
  expect(await takeLease(store, "run", self, 4)).toMatchObject({ lease: { token: 3 } });
});

test("processes are found by their mark and by their folder, sessions notwithstanding", async () => {
  const folder = scratch();
  const env = { ...testEnv(), PLEACH_WORKER: `w_${process.pid}` };
  const child = await startDetached(["sh", "-c", "setsid sleep 60 & sleep 60"], {
    cwd: folder,
    env,
    outputFile: `${folder}/out`,
  });
  expect(child.kind).toBe("started");
  await expect
    .poll(async () => await findMarked("PLEACH_WORKER", env.PLEACH_WORKER))
    .toMatchObject({ kind: "known", processes: { length: 3 } });
  expect(await findInside(folder)).toMatchObject({ kind: "known", processes: { length: 3 } });
  const { clock } = await groundOf(gitRepo());
  const find = async () => await findMarked("PLEACH_WORKER", env.PLEACH_WORKER);
  expect(await endAll(find, { clock, graceMs: 2_000, limitMs: 2_000 })).toMatchObject({
    kind: "gone",
  });
});

test("a program keeps what it learnt and passes to another process only when its own is gone", async () => {
  const ground = await groundOf(gitRepo());
  const start = { kind: "test", subject: "auth", facts: { a: 1 } };
  const program = beginProgram<"one" | "two", { a: number; b?: number }>(ground, start);
  await program.step("one", async ({ a }) => ({ b: a + 1 }));
  const [open] = openPrograms<"one" | "two", { a: number; b?: number }>(ground.store, "test");
  expect(open).toMatchObject({ step: "one", phase: "result", facts: { a: 1, b: 2 } });
  if (open === undefined) throw new Error("it is open");
  expect(await adoptProgram(ground, open)).toBeUndefined();
  program.finish(() => ground.store.append({ type: "run.started" }));
  expect(openPrograms(ground.store, "test")).toEqual([]);
  expect(ground.store.events()).toMatchObject([{ type: "run.started" }]);
});

test("the ending of a child is data: exit, signal, limit, and not started at all", async () => {
  const at = { cwd: "/", env: testEnv(), timeoutMs: 10_000 };
  expect((await run(["sh", "-c", "exit 7"], at)).ending).toEqual({ kind: "exited", code: 7 });
  expect((await run(["sh", "-c", "kill -9 $$"], at)).ending).toMatchObject({ signal: "SIGKILL" });
  expect((await run(["sleep", "9"], { ...at, timeoutMs: 50 })).ending.kind).toBe("timed-out");
  expect((await run(["/no/such/program"], at)).ending.kind).toBe("failed-to-start");
});

test("a name that is no UTF-8 is no argument of git and no folder for it; as input it is itself", async () => {
  const top = gitRepo({ "a.txt": "a" });
  const { git: own } = await groundOf(top);
  const odd = "caf\udce9";
  writeFileSync(encoded(join(top, odd)), "latin");
  writeFileSync(join(top, "caf\ufffd"), "another");
  await own.text(["add", "--pathspec-from-file=-", "--pathspec-file-nul"], { input: `${odd}\0` });
  expect(await own.fields(["diff", "--cached", "--name-only", "-z"])).toEqual([odd]);
  const refused = { ending: { kind: "exited", code: 128 } };
  const said = await own.run(["add", "--", odd]);
  expect(said).toMatchObject(refused);
  expect(said.stderr.toString()).toContain("caf\\xe9 is not UTF-8");
  expect(await own.at(join(top, odd)).run(["status"])).toMatchObject(refused);
});
