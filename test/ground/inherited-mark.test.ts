import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findTree } from "../../src/ground/proc/find.ts";
import { carriesInherited, withInherited } from "../../src/ground/proc/inherited-mark.ts";
import { type Argv, run } from "../../src/ground/proc/run.ts";
import { testEnv } from "../support/env.ts";

const env = testEnv();
const at = { env, cwd: "/" };
const marked = async (name: string, argv: Argv) => {
  const limitMs = { timeoutMs: 30_000 };
  return await run(await withInherited(name, argv, at), { ...at, ...limitMs });
};

/**
 * A program that prints the ids of two processes it leaves: its own child, and a detached child.
 */
const leaves = `
  import { spawn } from "node:child_process";
  const { startDetached } = await import(process.argv[1]);
  const options = { cwd: "/", env: {}, outputFile: "/dev/null" };
  const own = spawn("/bin/sleep", ["60"], { detached: true, stdio: "ignore", env: {} });
  const apart = await startDetached(["/bin/sleep", "60"], options);
  const later = spawn("/bin/sleep", ["60"], { detached: true, stdio: "ignore", env: {} });
  console.log(own.pid, apart.process.pid, later.pid);
  own.unref();
  later.unref();
`;

test.runIf(process.platform === "linux")(
  "processes of a marked program carry the mark, except those detached to outlive it",
  async () => {
    const start = join(import.meta.dirname, "../../src/ground/proc/start.ts");
    const node = [process.execPath, "--input-type=module", "-e", leaves, start] as const;
    const { stdout, stderr } = await marked("outer", node);
    const [own = 0, apart = 0, later = 0] = stdout.toString().trim().split(" ").map(Number);
    expect([own > 0, stderr.toString()]).toEqual([true, ""]);
    onTestFinished(() => {
      for (const pid of [own, apart, later]) process.kill(pid, "SIGKILL");
    });
    const [isOuter, isInner] = [carriesInherited("outer"), carriesInherited("inner")];
    // A program that has detached a process has taken the mark from itself.
    expect([own, apart, later].map(isOuter)).toEqual([true, false, false]);
    expect([own, apart, later].map(isInner)).toEqual([false, false, false]);
    const mark = { name: "NOT_THERE", value: "outer", isInherited: true };
    const tree = await findTree(mark);
    expect(tree).toMatchObject({ processes: [expect.objectContaining({ pid: own })] });
  },
);

test("a program that is not there is reported missing by its starter", async () => {
  const gone = await marked("x", ["no-such-program-anywhere"]);
  expect(gone.ending).toMatchObject({ kind: "failed-to-start" });
});
