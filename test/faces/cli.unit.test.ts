import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { reportFailure } from "../../src/faces/cli/failure.ts";
import { synonyms } from "../../src/faces/cli/meant-verb.ts";
import { createOutput } from "../../src/faces/cli/output.ts";
import { verbs } from "../../src/faces/cli/verbs.ts";
import { paint } from "../../src/ground/paper.ts";
import { cli } from "../support/cli.ts";
import { scratch } from "../support/scratch.ts";

test.each([
  [["evnts"], 'error: there is no verb "evnts"\nhint: did you mean `pleach events`?\n'],
  [["-C", ".", "xyzzy"], 'error: there is no verb "xyzzy"\nhint: pleach --help lists them\n'],
  [["events", "--folow"], "error: unknown option '--folow'\nhint: did you mean --follow?\n"],
  [
    ["-C", "/nowhere/at/all", "events"],
    "error: there is no folder /nowhere/at/all\nhint: name one that exists: pleach -C <dir> …\n",
  ],
])("%j is a usage error in two lines", async (args, stderr) => {
  expect(await cli(args)).toEqual({ exitCode: 2, stdout: "", stderr });
});

test.each([
  ["merge", "land"],
  ["undo", "land --undo"],
  ["rm", "drop"],
  ["open", "attach"],
  ["review", "diff"],
  ["list", "ls"],
  ["cancel", "stop"],
  ["log", "logs"],
  ["Statu", "status"],
])("pleach %s names the verb that does it: %s", async (word, meant) => {
  const { exitCode, stderr } = await cli([word]);
  expect([exitCode, stderr]).toEqual([
    2,
    `error: there is no verb "${word}"\nhint: did you mean \`pleach ${meant}\`?\n`,
  ]);
});

test("no word of other tools is a verb here, and each of them names one", async () => {
  const names = verbs.map(({ name }) => name);
  for (const [command, words] of Object.entries(synonyms)) {
    expect(command.startsWith("-") || names.includes(command.split(" ")[0] ?? "")).toBe(true);
    for (const word of words.split(" ")) expect(names).not.toContain(word);
  }
});

test("with --json an error is a document on stdout as well", async () => {
  const { exitCode, stdout } = await cli(["evnts", "--json"]);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    schema: 1,
    error: {
      code: "usage/unknown-verb",
      message: 'there is no verb "evnts"',
      hint: "did you mean `pleach events`?",
      exitCode: 2,
    },
  });
});

test("--help names every verb that is not hidden, and each verb explains itself", async () => {
  const { stdout } = await cli(["--help"]);
  for (const { name, summary, hidden } of verbs) {
    expect(stdout.includes(`  ${name} `)).toBe(hidden !== true);
    expect(summary).toMatch(/^[A-Z].*[^.]$/);
    const help = await cli(["help", name]);
    expect(help).toMatchObject({ exitCode: 0, stderr: "" });
    expect(help.stdout).toMatch(/^Usage: pleach /);
  }
});

describe("output", () => {
  const streams = (isTTY: boolean) => ({
    stdin: Object.assign(new PassThrough(), { isTTY }),
    stdout: Object.assign(new PassThrough(), { isTTY }),
    stderr: Object.assign(new PassThrough(), { isTTY }),
  });
  const colored = (isTTY: boolean, env: Readonly<Record<string, string>>, noColor = false) =>
    createOutput(streams(isTTY), { env, noColor }).paper.color;

  test("colours are for terminals whose user has not declined them", () => {
    expect(colored(true, {})).toBe(true);
    expect(colored(false, {})).toBe(false);
    expect(colored(true, { NO_COLOR: "1" })).toBe(false);
    expect(colored(true, { NO_COLOR: "" })).toBe(true);
    expect(colored(true, { TERM: "dumb" })).toBe(false);
    expect(colored(true, {}, true)).toBe(false);
    expect(colored(false, { FORCE_COLOR: "1" })).toBe(true);
    expect(colored(false, { FORCE_COLOR: "1", NO_COLOR: "1" })).toBe(false);
  });

  test("a live block is never higher than the window, where it could not be drawn over", () => {
    const pipes = streams(true);
    const window = { ...pipes, stdout: Object.assign(pipes.stdout, { rows: 5 }) };
    const out = createOutput(window, { env: {}, noColor: false });
    const drawn = (count: number): string => {
      out.live(Array.from({ length: count }, (_, at) => `line ${at}`));
      return String(pipes.stdout.read()).replaceAll("\x1b[2K", "");
    };
    expect(drawn(9)).toContain("line 0\nline 1\nline 2\n… 6 lines more: the window is too low\n");
    expect(drawn(8)).toContain("\x1b[4A");
    expect(drawn(4)).toContain("line 2\nline 3\n");
    // A line that is cleared before it is written keeps its last column, and a screen that is never
    // cleared whole is not kept in a terminal's history.
    expect(drawn(3)).not.toMatch(/\x1b\[[0-2]?J.*line 0|\x1b\[K/s);
    window.stdout.rows = 3;
    expect(drawn(2)).toContain("\x1b[2A");
  });

  test("what stands side by side is as wide as the terminal that shows it, in a pipe too", () => {
    const pipes = streams(false);
    const sheet = (env: Readonly<Record<string, string>>, columns?: number): number => {
      const stderr = Object.assign(pipes.stderr, columns === undefined ? {} : { columns });
      return createOutput({ ...pipes, stderr }, { env, noColor: false }).sheet.width;
    };
    expect(sheet({})).toBe(80);
    expect(sheet({}, 132)).toBe(132);
    expect(sheet({ COLUMNS: "100" }, 132)).toBe(100);
    expect(sheet({ COLUMNS: "x" }, 132)).toBe(132);
  });

  test("what steers a terminal is written out in prose and escaped in JSON", () => {
    const pipes = streams(true);
    const out = createOutput(pipes, { env: {}, noColor: false });
    out.line(`a\x1b]0;title\x07b\x1b[2J${paint("c", "bold", out.paper)}`);
    expect(String(pipes.stdout.read())).toBe("a\\x1b]0;title\\x07b\\x1b[2J\x1b[1mc\x1b[22m\n");
    out.record({ text: "\x1b[2J\x9b2J\u202e" });
    const line = String(pipes.stdout.read());
    expect(line).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(JSON.parse(line)).toEqual({ text: "\x1b[2J\x9b2J\u202e" });
  });
});

test("a bug is called one, and its stack goes into a private file", () => {
  const state = scratch();
  const pipes = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const env = { XDG_STATE_HOME: state };
  const out = createOutput(pipes, { env, noColor: true });
  const context = { out, env, json: false, args: ["land"], version: "1.2.3" };
  expect(reportFailure(new TypeError("x is not a function"), context)).toBe(70);
  const log = join(state, "pleach/bugs.log");
  expect(String(pipes.stderr.read())).toBe(
    `error: this is a bug in pleach: x is not a function\nhint: please report it; the details are in ${log}\n`,
  );
  expect(readFileSync(log, "utf8")).toMatch(
    /^pleach 1\.2\.3, node .*\n\["land"\]\nTypeError: x is/,
  );
});
