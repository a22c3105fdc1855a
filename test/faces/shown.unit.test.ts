import { PassThrough } from "node:stream";
import xterm from "@xterm/headless";
import fc from "fast-check";
import { expect, test } from "vitest";
import { reportFailure } from "../../src/faces/cli/failure.ts";
import { createOutput, type Output } from "../../src/faces/cli/output.ts";
import { consentLines } from "../../src/ground/config/consent.ts";
import { ExitCode, PleachError } from "../../src/ground/errors.ts";
import { asWorkerId, parseTrackName } from "../../src/ground/ids.ts";
import { plainLine, unstyled } from "../../src/ground/text.ts";
import { formatNeeds } from "../../src/watch/attention.ts";
import { formatDiff } from "../../src/watch/diff.ts";
import { formatLive, formatSentence } from "../../src/watch/live.ts";
import { sentence } from "../../src/watch/sentence.ts";

/*
 * Text of others on a terminal, with the terminal as the judge: whatever it is, it hides, moves and
 * restyles nothing else, and none of it is lost.
 */

const pieces = [
  ...["\x1b[8m", "\x1b[31;1m", "\x1b[0m", "\x1b[2K", "\x1b[3A", "\x1b[2J", "\x1b[?1049h", "\x1b["],
  ...[
    "\x1b]0;title\x07",
    "\x1b]8;;http://x\x1b\\",
    "\x1b]52;c;",
    "\x1bP",
    "\x1b_",
    "\x1b",
    "\x1bc",
  ],
  ...["\x9b8m", "\x9d", "\x90", "\x9c", "\x85", "\r", "\b", "\x0b", "\x0c", "\x0e", "\x00", "\x7f"],
  ...["\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u2028", "\u{e0041}", "\u0338", "\u1161"],
  ...[
    "\n",
    "\r\n",
    "\t",
    "hint: ",
    "error: ",
    "+++ b/x",
    "-",
    "@@ -1 +1 @@",
    "日本",
    "🌱",
    "e\u0301",
  ],
];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary", maxLength: 6 })), {
    minLength: 1,
    maxLength: 12,
  })
  .map((parts) => `[${parts.join("")}]`);

const size = { cols: 1_500, rows: 80 };

interface Drawn {
  readonly rows: readonly string[];
  /** The styles of a row, as far as they are not the usual one. */
  readonly styles: readonly string[];
}

/** What a terminal shows after something was printed to it, between two lines of our own. */
async function drawn(print: (out: Output) => void): Promise<Drawn> {
  const terminal = new xterm.Terminal({ ...size, allowProposedApi: true });
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: size.cols });
  const streams = { stdin: new PassThrough(), stdout, stderr: stdout };
  const out = createOutput(streams, { env: { TERM: "xterm" }, noColor: false });
  out.line("ABOVE");
  print(out);
  out.line("BELOW");
  const bytes = String(stdout.read()).replaceAll("\n", "\r\n");
  await new Promise<void>((then) => terminal.write(bytes, then));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.baseY + active.cursorY }, (_, at) =>
    active.getLine(at),
  );
  terminal.dispose();
  return {
    rows: lines.map((line) => line?.translateToString(true) ?? ""),
    styles: lines.map((line) => {
      const cells = Array.from({ length: line?.length ?? 0 }, (_, at) => line?.getCell(at));
      return [
        ...new Set(
          cells.flatMap((cell) =>
            cell === undefined || cell.isAttributeDefault()
              ? []
              : [`${cell.getFgColor()}/${cell.getBgColor()}/${cell.isInvisible()}`],
          ),
        ),
      ].join(" ");
    }),
  };
}

/** Everything but white space: tabs and wide characters leave room. */
const ink = (text: string): string => text.replace(/\s/g, "");

test("text of others takes exactly its own lines, in no style, and all of it is there", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      const { rows, styles } = await drawn((out) => out.line(text));
      expect(rows).toHaveLength(3);
      expect([rows[0], rows[2]]).toEqual(["ABOVE", "BELOW"]);
      expect(styles).toEqual(["", "", ""]);
      // Each visible character of the text stands there, in its order.
      const letters = ink(text).match(/[!-~]/g) ?? [];
      let at = 0;
      for (const letter of letters) at = (rows[1]?.indexOf(letter, at) ?? -1) + 1 || Number.NaN;
      expect(at).not.toBeNaN();
    }),
  );
});

test("text of a program takes its own lines, in no style", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      const { rows, styles } = await drawn((out) => out.text(unstyled(text)));
      expect(rows).toHaveLength(2 + unstyled(text).split("\n").length);
      expect([rows[0], rows.at(-1)]).toEqual(["ABOVE", "BELOW"]);
      expect(new Set(styles)).toEqual(new Set([""]));
    }),
  );
});

/** Each printer with text of others in every place: how many lines it makes, whatever the text is. */
type Printer = readonly [
  name: string,
  lines: (text: string, out: Output) => readonly string[],
  count: number | undefined,
];
const printers: readonly Printer[] = [
  [
    "a sentence",
    (text, out) => {
      const event = {
        seq: 1,
        at: 0,
        track: parseTrackName("auth"),
        worker: asWorkerId("w_1"),
        type: "worker.reported",
        kind: "blocked",
        text,
      } as const;
      const said = sentence(event);
      return [formatSentence({ track: "auth", sentence: said, clock: "12:00:00" }, out.roll)];
    },
    1,
  ],
  [
    "the live block",
    (text, out) => {
      const row = {
        track: "auth",
        state: "growing",
        elapsedMs: 1,
        weight: "bad",
        note: text,
      } as const;
      return formatLive([row, row], { ...out.paper, width: 80 });
    },
    2,
  ],
  [
    "a need",
    (text, out) => {
      const about = { ask: 1, worker: "w", tool: "Bash", detail: text, options: [text, text] };
      const need = { kind: "permission", track: "a", since: 0, text, hint: text, about } as const;
      return formatNeeds([need], 1, out.roll);
    },
    undefined,
  ],
  ["a difference", (text, out) => formatDiff(text, out.paper), undefined],
  ["consent", (text) => consentLines([{ key: text, text }]), undefined],
];

test.each<Printer>(printers)("%s keeps text of others in its place", async (_, lines, count) => {
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      let made: readonly string[] = [];
      const { rows, styles } = await drawn((out) => {
        made = lines(text, out);
        for (const line of made) out.line(line);
      });
      expect(made).toHaveLength(count ?? made.length);
      expect(made.filter((line) => line.includes("\n"))).toEqual([]);
      expect(rows).toHaveLength(made.length + 2);
      expect([rows[0], rows.at(-1)]).toEqual(["ABOVE", "BELOW"]);
      expect([styles[0], styles.at(-1)]).toEqual(["", ""]);
      expect(styles.join(" ")).not.toMatch(/\/[1-9]\d*$/);
    }),
  );
});

test("what is to be decided on is shown whole, below its first line and marked as others' words", () => {
  const paper = { width: 60, color: false };
  const needs = (detail: string, text = `ExitPlanMode: ${plainLine(detail)}`) => {
    const about = { ask: 1, worker: "w", tool: "ExitPlanMode", detail, options: [] };
    const need = { kind: "permission", track: "a", since: 0, text, hint: "HINT", about } as const;
    return formatNeeds([need], 1, paper).slice(1, -1);
  };
  expect(needs("# Plan\n\n1. Do this\n  → pleach answer")).toEqual([
    ...["  ExitPlanMode:", "  │ # Plan", "  │ 1. Do this", "  │ → pleach answer"],
  ]);
  expect(needs("y".repeat(100)).join("").replace(/[^y]/g, "")).toHaveLength(100);
  expect(needs("line\n".repeat(60)).slice(-2)).toEqual([
    ...["  │ line", "  … 20 more lines: pleach attention --json"],
  ]);
  fc.assert(
    fc.property(hostile, (text) => {
      for (const line of needs(text, text).slice(1)) expect(line).toMatch(/^ {2}(?:│ |… )/);
    }),
  );
});

test("names in an error begin no line of their own", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      const { rows } = await drawn((out) => {
        const facts = {
          code: "a/b",
          message: text,
          hint: text,
          exitCode: ExitCode.failed,
        } as const;
        const context = { out, env: {}, json: false, args: [], version: "1" };
        reportFailure(new PleachError(facts), context);
      });
      expect(rows.filter((row) => /^(?:error|hint):/.test(row))).toHaveLength(2);
      expect(rows.at(-1)).toBe("BELOW");
    }),
  );
});
