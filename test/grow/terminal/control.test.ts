import { existsSync, lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { asWorkerId } from "../../../src/ground/ids.ts";
import type { ExactEnv } from "../../../src/ground/proc/run.ts";
import { openControl } from "../../../src/grow/terminal/control.ts";
import { scratch } from "../../support/scratch.ts";
import { own } from "../../support/terminal.ts";

const uid = process.getuid?.() ?? 0;

/** Opens a socket to a terminal in this environment, and connects to it. */
async function wayIn(env: ExactEnv): Promise<string> {
  const { terminal } = await own(["cat"]);
  const worker = asWorkerId(`w_${Math.random().toString(16).slice(2, 12)}`);
  const control = await openControl({ HOME: scratch(), ...env }, worker, terminal);
  onTestFinished(() => control.close());
  const socket = connect(control.path);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  socket.destroy();
  return control.path;
}

test("a socket is made in the runtime folder, privately, where that is possible", async () => {
  const runtime = scratch();
  const path = await wayIn({ XDG_RUNTIME_DIR: runtime });
  expect(path.startsWith(`${runtime}/pleach-${uid}/`)).toBe(true);
  expect(lstatSync(join(path, "..")).mode & 0o777).toBe(0o700);
  expect(lstatSync(path).mode & 0o777).toBe(0o600);
});

/** Folders in which no socket can be made, each for another reason. */
const useless: readonly (readonly [string, () => string])[] = [
  [
    "is missing below a file",
    () => {
      const file = join(scratch(), "file");
      writeFileSync(file, "");
      return join(file, "user");
    },
  ],
  [
    "has a name too long for the kernel",
    () => {
      const long = join(scratch(), "x".repeat(100));
      mkdirSync(long);
      return long;
    },
  ],
  [
    "has a file of that name",
    () => {
      const folder = scratch();
      writeFileSync(join(folder, `pleach-${uid}`), "");
      return folder;
    },
  ],
  ["is relative", () => "runtime"],
];

test.each(useless)("the next folder is tried when the runtime folder %s", async (_why, make) => {
  const next = scratch();
  const path = await wayIn({ XDG_RUNTIME_DIR: make(), TMPDIR: next });
  expect(path.startsWith(`${next}/pleach-${uid}/`)).toBe(true);
  expect(existsSync(path)).toBe(true);
});
