import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { apartArgv, apartEnv } from "../../../support/apart.ts";

/*
 * The library of grapheme clusters reads the head of its table from the head of Node's pool of
 * buffers, wherever in the pool the table lies (xtermjs/xterm.js, issue 6079). A supervisor then
 * measured emoji wrongly, failed, or never came out of the reading.
 */
const lengthOf = (bytes: string): string => `0000000000000000${bytes}`;

test.each([
  ["nothing", "00".repeat(64)],
  ["ones", "ff".repeat(64)],
  ["text", Buffer.from("a line of an agent's output, read before").toString("hex")],
  ["a small length", lengthOf("10000000")],
  ["a length of a part of the table", lengthOf("00100000")],
  ["a length of most of the table", lengthOf("00400000")],
  ["an odd length", lengthOf("01a00000")],
])("an emoji is two cells wide when the pool of buffers begins with %s", (_what, bytes) => {
  const [program, ...args] = apartArgv("cells", "👩‍👩‍👧‍👦", bytes);
  const options = { env: apartEnv(""), encoding: "utf8", timeout: 20_000 } as const;
  const { stdout, stderr, signal } = spawnSync(program, args, options);
  expect({ stdout, stderr, signal }).toEqual({ stdout: "2\n", stderr: "", signal: null });
});
