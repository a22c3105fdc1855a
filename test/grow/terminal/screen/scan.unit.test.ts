import fc from "fast-check";
import { expect, test } from "vitest";
import { readTerminalNotice } from "../../../../src/grow/terminal/notice.ts";
import { parseStatusReport, withReport } from "../../../../src/grow/terminal/program-status.ts";
import {
  isAlternate,
  isOn,
  type Modes,
  replayModes,
  undoModes,
  untouched,
  withSequence,
} from "../../../../src/grow/terminal/screen/modes.ts";
import { type Sequence, SequenceScanner } from "../../../../src/grow/terminal/screen/scan.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const scan = (...chunks: readonly (string | Uint8Array)[]): readonly Sequence[] => {
  const scanner = new SequenceScanner();
  return chunks.flatMap((chunk) => [
    ...scanner.scan(typeof chunk === "string" ? Buffer.from(chunk) : chunk),
  ]);
};
const bodies = (...chunks: readonly (string | Uint8Array)[]): readonly string[] =>
  scan(...chunks).map((found) =>
    found.kind === "osc" ? `${found.body}/${found.end}` : found.kind,
  );
const modesAfter = (text: string, from: Modes = untouched): Modes =>
  scan(text).reduce(withSequence, from);

/** Pieces of programs' output, broken-off sequences among them. */
const piece = fc.oneof(
  fc.constantFrom(
    "\x1b]7501;?\x07",
    "\x1b]7501;state=idle:app=x\x1b\\",
    "\x1b]0;title \u280b\x07",
    "\x1b]9;hello",
    "\x1b",
    "\x18",
    "\x1a",
    "\x07",
    "\x1b\\",
    "\x1bPtmux;\x1b\x1b]9;inner\x07\x1b\\",
    "\x1bPtmux;\x1b\x1b]9;inner\x1b\x1b\\\x1b\\",
    "\x1bP+q544e\x1b\\",
    "\x1b_Gf=100;AAAA\x1b\\",
    "\x1b[?1049h",
    "\x1b[?1000;1006l",
    "\x1b[>5u",
    "\x1b[<u",
    "\x1b[38;5;7m",
    "\x1b[",
    "\x1bc",
    "漢字\r\n",
  ),
  fc.string({ maxLength: 12 }),
);
const output = fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.from(pieces.join("")));

test("the found sequences do not depend on where the chunks are cut", () => {
  const property = fc.property(output, fc.array(fc.nat(), { maxLength: 8 }), (all, cuts) => {
    const at = [0, ...cuts.map((cut) => cut % (all.length + 1)), all.length].sort((a, b) => a - b);
    const chunks = at.slice(1).map((end, index) => all.subarray(at[index], end));
    expect(scan(...chunks)).toEqual(scan(all));
    expect(scan(...[...all].map((byte) => Uint8Array.of(byte)))).toEqual(scan(all));
  });
  fc.assert(property, { numRuns: 300 });
});

test("a report is found after any output, once it is whole and the garbage before it has ended", () => {
  const property = fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
    expect(bodies(garbage, "\x18\x1b]7501;state=done\x07").at(-1)).toBe("7501;state=done/bel");
  });
  fc.assert(property, { numRuns: 300 });
});

test("commands end by BEL or ST, are cancelled by CAN and SUB, and dropped when they are too long", () => {
  expect(bodies("\x1b]9;a\x07", "\x1b]9;b\x1b\\", "\x1b]9;c\x18\x1b]9;d\x1a\x07")).toEqual([
    "9;a/bel",
    "9;b/st",
    "bell",
  ]);
  expect(bodies("\x1b]9;cut off\x1b[31m red \x1b]9;e\x07")).toEqual(["9;e/bel"]);
  expect(bodies(`\x1b]7501;msg=${"x".repeat(4_087)}\x07`)).toHaveLength(1);
  expect(bodies(`\x1b]7501;msg=${"x".repeat(4_088)}\x07`, "\x1b]9;f\x07")).toEqual(["9;f/bel"]);
});

test("sequences passed through tmux are read, other strings are passed over", () => {
  expect(bodies("\x1bPtmux;\x1b\x1b]9;Approval\x07\x1b\\")).toEqual(["9;Approval/bel"]);
  expect(bodies("\x1bPtmux;\x1b\x1b]9;st\x1b\x1b\\\x1b\\x")).toEqual(["9;st/st"]);
  expect(bodies("\x1bPtmuy;]9;no\x07\x1b\\", "\x1b_]9;no\x07\x1b\\", "\x07")).toEqual(["bell"]);
});

test("only sequences that last are told; bytes of UTF-8 are never taken for controls", () => {
  const text = "\x1b[31m\x1b[2J\x1b[?1049h\x1b[>5u\x1b[1 q\x1b[!p\x1b[6n\x1b[4h\u039b\u031b\u009d";
  expect(
    scan(text).map((found) =>
      found.kind === "csi"
        ? `${found.prefix}${found.params}${found.intermediate}${found.final}`
        : "",
    ),
  ).toEqual(["?1049h", ">5u", "1 q", "!p"]);
  expect(bodies(bytes("\x9d9;no\x9c\x07"))).toEqual(["bell"]);
});

test("every mode that was left on is undone, and a program that cleans up leaves nothing to undo", () => {
  const switches = fc.array(
    fc.constantFrom(
      ..."?1049h ?1049l ?1000h ?1006h ?1000l ?2004h ?2004l ?25l ?25h ?7l ?1004h ?2031h ?1h >5u >7u <1u =3u >4;2m >4m 2 q 0 q"
        .split(/ (?!q)/)
        .map((text) => `\x1b[${text}`),
      "\x1b]0;busy\x07",
      "\x1b]2;\x07",
      "\x1b]11;#000000\x07",
      "\x1b]111\x07",
      "\x1b=",
      "\x1b>",
    ),
    { maxLength: 40 },
  );
  const property = fc.property(switches, (list) => {
    const modes = modesAfter(list.join(""));
    const after = modesAfter(undoModes(modes), modes);
    expect(undoModes({ ...after, alternate: untouched.alternate })).toBe("");
    // A fresh terminal that was sent all this is in the state of the program's own terminal.
    const screen = isAlternate(modes) ? "\x1b[?1049h" : "";
    const replayed = modesAfter(`${screen}${replayModes(modes)}`);
    expect(replayModes(replayed)).toBe(replayModes(modes));
  });
  fc.assert(property, { numRuns: 300 });
  expect(undoModes(modesAfter("\x1b[?2004h\x1b[?1049h\x1b[?1049l\x1b[?2004l"))).toBe("");
  expect(undoModes(modesAfter("\x1b[>7u\x1b[?1049h\x1b[>7u\x1b[?25l\x1b[?2004h"))).toBe(
    "\x1b[?25h\x1b[?2004l\x1b[<1u\x1b[?1049l\x1b[<1u",
  );
  expect(isOn(modesAfter("\x1b[?2004h"), 2004)).toBe(true);
  expect(modesAfter("\x1b[?2004h\x1bc")).toEqual(untouched);
});

test("a status report is read whole or not at all", () => {
  const message = Buffer.from("approve Bash: rm\x1b[2J\n-rf").toString("base64");
  expect(parseStatusReport(`7501;state=blocked:app=codex:kind=permission:msg=${message}`)).toEqual({
    kind: "report",
    id: "",
    record: {
      state: "blocked",
      kind: "permission",
      progress: null,
      app: "codex",
      title: "",
      message: "approve Bash: rm\\x1b[2J ⏎ -rf",
    },
  });
  expect(parseStatusReport("7501;?")).toEqual({ kind: "query" });
  expect(parseStatusReport("7501;state=clear:id=a/b")).toEqual({ kind: "clear", id: "a/b" });
  expect(parseStatusReport("7501;state=working:progress=40:new=field")).toMatchObject({
    record: { progress: 40 },
  });
  for (const broken of [
    "7501",
    "7501;",
    "7501;state=dancing",
    "7501;working",
    "7501;state=idle:msg=%%",
    `7501;state=idle:app=${"a".repeat(33)}`,
    `7501;state=idle:id=${"a/".repeat(8)}`,
    "7502;state=idle",
  ]) {
    expect([broken, parseStatusReport(broken)]).toEqual([broken, undefined]);
  }
  const never = fc.property(fc.string(), (text) => void parseStatusReport(`7501;${text}`));
  fc.assert(never);
});

test("records replace each other whole; clearing the program's own clears all", () => {
  const said = (text: string) => {
    const report = parseStatusReport(`7501;${text}`);
    if (report === undefined || report.kind === "query") throw new Error(text);
    return report;
  };
  const board = ["state=working:progress=3", "state=working:id=job", "state=done"]
    .map(said)
    .reduce(withReport, new Map());
  expect([...board.keys()]).toEqual(["", "job"]);
  expect(board.get("")).toMatchObject({ state: "done", progress: null });
  expect([...withReport(board, said("state=clear:id=job")).keys()]).toEqual([""]);
  expect(withReport(board, said("state=clear")).size).toBe(0);
});

test("titles, notifications and progress are told apart, and made safe", () => {
  expect(readTerminalNotice("0;✳ Claude\x9b2J Code")).toEqual({
    kind: "title",
    title: "✳ Claude\\u009b2J Code",
  });
  expect(readTerminalNotice("9;Approval requested: ls")).toEqual({
    kind: "notification",
    text: "Approval requested: ls",
  });
  expect(readTerminalNotice("9;4;1;42")).toEqual({
    kind: "progress",
    state: "normal",
    percent: 42,
  });
  expect(readTerminalNotice("9;4;0;")).toEqual({ kind: "progress", state: null, percent: null });
  expect(readTerminalNotice("777;notify;Claude;needs you")).toMatchObject({
    text: "Claude: needs you",
  });
  expect(readTerminalNotice("99;i=1:d=0;done")).toMatchObject({ text: "done" });
  expect(readTerminalNotice("52;c;AAAA")).toBeUndefined();
});
