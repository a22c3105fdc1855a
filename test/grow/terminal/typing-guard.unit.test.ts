import fc from "fast-check";
import { expect, test } from "vitest";
import { claudeTerminal } from "../../../src/agents/claude/terminal.ts";
import { codexTerminal } from "../../../src/agents/codex/terminal.ts";
import { AnswerFilter, notTyping, typed } from "../../../src/grow/terminal/input.ts";
import {
  type ProgramState,
  programStates,
  type StatusRecord,
} from "../../../src/grow/terminal/program-status.ts";
import { quietLeft } from "../../../src/grow/terminal/rest.ts";
import { untouched, withSequence } from "../../../src/grow/terminal/screen/modes.ts";
import {
  composerText,
  gateOf,
  pasteOf,
  type TypingFacts,
} from "../../../src/grow/terminal/typing-guard.ts";

const record = (state: ProgramState): StatusRecord => ({
  ...{ state, kind: null, progress: null, app: "x", title: "", message: "m" },
});
const pasteMode = withSequence(untouched, {
  ...{ kind: "csi", prefix: "?", params: "2004", intermediate: "", final: "h" },
});
const scene = (
  state: ProgramState | undefined,
  changes: Partial<TypingFacts> = {},
): TypingFacts => ({
  board: new Map(state === undefined ? [] : [["", record(state)]]),
  modes: pasteMode,
  typing: notTyping,
  composer: "",
  asks: undefined,
  ...changes,
});

test("nothing is typed into a dialog, an unknown program, a draft, or a program that takes no paste", () => {
  const open = programStates.filter((state) => gateOf(scene(state)).kind === "open");
  expect(open).toEqual(["idle", "working", "done", "error"]);
  expect(gateOf(scene(undefined)).kind).toBe("held");
  expect(gateOf(scene("idle", { modes: untouched })).kind).toBe("held");
  expect(gateOf(scene("idle", { composer: "half a" }))).toMatchObject({ by: "draft" });
  expect(gateOf(scene("idle", { asks: "trust?" })).kind).toBe("held");
  expect(gateOf(scene("idle", { typing: { ...notTyping, pasting: true } })).kind).toBe("held");
});

test("no text can end its own paste, or press a key", () => {
  const property = fc.property(fc.string({ unit: "binary" }), (text) => {
    const paste = pasteOf(text);
    expect(paste.startsWith("\x1b[200~") && paste.endsWith("\x1b[201~\r")).toBe(true);
    expect(paste.slice(6, -7)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f]/);
  });
  fc.assert(property);
  expect(pasteOf("a\x1b[201~\rrm -rf\tb\nc")).toBe("\x1b[200~a[201~\nrm -rf\tb\nc\x1b[201~\r");
});

test("a draft is the text after the prompt's mark, over several lines, inside its frame", () => {
  expect(composerText(["❯ half a", "────────"])).toBe("half a");
  expect(composerText(["❯ ", "────────"])).toBe("");
  expect(composerText(["  two", "› one", "text above"])).toBe("one\n  two");
  expect(composerText(["", "─────────", "❯ an older prompt"])).toBe("");
  expect(composerText(["just output"])).toBe("");
});

test("answers of a terminal are no keys; a draft ends by Enter, Ctrl-C and Ctrl-U", () => {
  const after = (...chunks: readonly string[]) =>
    chunks.reduce((typing, chunk) => typed(typing, Buffer.from(chunk), 7), notTyping);
  const answers = "\x1b[?62;4c\x1b[1;1R\x1b[?2026;2$y\x1b[I\x1b[<35;10;5M\x1b]11;rgb:0/0/0\x1b\\";
  expect(after(answers, "\x1bP>|xterm\x1b\\", "\x1b[?5u")).toEqual(notTyping);
  expect(after("abc")).toEqual({ draft: true, pasting: false, lastKeyAt: 7 });
  for (const end of ["\r", "\x03", "\x15", "\x1b[99;5u"]) {
    expect(after("abc", end).draft).toBe(false);
  }
  expect(after("abc\rd").draft).toBe(true);
  expect(after("\x1b[A").draft).toBe(false);
  expect(after("\x1b[200~x\ry")).toMatchObject({ draft: true, pasting: true });
  expect(after("\x1b[200~x\ry", "z\x1b[201~")).toMatchObject({ draft: true, pasting: false });
});

test("a second 7501 answer never reaches the program, wherever it is cut; all else does", () => {
  const property = fc.property(fc.string(), fc.string(), fc.nat({ max: 9 }), (a, b, cut) => {
    const filter = new AnswerFilter();
    const before = a.replaceAll("\x1b", "");
    const text = `${before}\x1b]7501;?\x07${b.replaceAll("\x1b", "")}`;
    const at = before.length + 3 + Math.min(cut, 7);
    const bytes = Buffer.from(text, "latin1");
    const got = [bytes.subarray(0, at), bytes.subarray(at)].map((part) =>
      filter.pass(part, "primary").toString("latin1"),
    );
    expect(got.join("")).toBe(
      Buffer.from(text.replace("\x1b]7501;?\x07", ""), "latin1").toString("latin1"),
    );
  });
  fc.assert(property);
  const other = new AnswerFilter();
  expect(other.pass(Buffer.from("a\x1b[?62cb\x1b[A"), "other").toString()).toBe("ab\x1b[A");
  expect(new AnswerFilter().pass(Buffer.from("\x1b"), "primary").toString()).toBe("\x1b");
});

test("a turn is over when nothing follows its end for a while", () => {
  const at = {
    ...{ begun: true, reportedAt: 1_000, lastKeyAt: null, saidSo: false },
    ...{ hasStopped: false, stillSince: 5_000 },
  };
  const left = (state: ProgramState, changes = {}, more: readonly [string, StatusRecord][] = []) =>
    quietLeft(
      { board: new Map([["", record(state)], ...more]), ...at, ...changes },
      11_000,
      60_000,
    );
  expect(left("done")).toBe(50_000);
  expect(left("done", { lastKeyAt: 9_000 })).toBe(58_000);
  expect(left("done", { saidSo: true })).toBe(0);
  expect(left("error")).toBe(0);
  expect(left("idle", { begun: false })).toBeUndefined();
  expect([left("working"), left("blocked")]).toEqual([undefined, undefined]);
  const job = (state: ProgramState): [string, StatusRecord][] => [["job", record(state)]];
  expect(left("done", {}, job("working"))).toBe(50_000);
  expect(left("done", {}, job("blocked"))).toBeUndefined();
  // Working by its own word because of jobs it has left running, as its hooks and a still screen
  // show.
  expect(left("working", { hasStopped: true }, job("working"))).toBe(54_000);
  expect(left("working", { hasStopped: true })).toBeUndefined();
  expect(left("working", {}, job("working"))).toBeUndefined();
  const saying = (message: string, more = job("working")) =>
    quietLeft(
      { ...at, board: new Map([["", { ...record("working"), message }], ...more]) },
      ...([11_000, 60_000] as const),
    );
  expect(saying("1 shell still running")).toBe(50_000);
  expect(saying("2 tasks in the background")).toBe(50_000);
  expect(saying("1 agent still running")).toBeUndefined();
  expect(saying("1 shell still running", [])).toBeUndefined();
  expect(saying("Run the tests")).toBeUndefined();
  // Only its hooks tell of it.
  const unseen = { ...at, board: new Map() };
  expect(quietLeft(unseen, 11_000, 60_000)).toBeUndefined();
  expect(quietLeft({ ...unseen, hasStopped: true }, 11_000, 60_000)).toBe(54_000);
});

test("screens before the first report, errors and last words are read", () => {
  const claude = claudeTerminal({ model: undefined });
  const codex = codexTerminal({ model: undefined });
  expect(codex.readScreen("  Trust this folder? Codex can read")).toContain("attach");
  expect(codex.readScreen("› Ask Codex to do anything")).toBeUndefined();
  expect(claude.readError("API Error: 429 {}", "")).toMatchObject({ limit: "rate" });
  const said = "API Error: Request rejected (429) · You've hit your session limit · resets 3pm";
  expect(claude.readError(said, "")).toMatchObject({ kind: "limited", limit: "usage" });
  expect(claude.readError("API Error: Request rejected (429)", "")).toMatchObject({
    limit: "rate",
  });
  expect(claude.readError("API Error: 500 x", "")).toMatchObject({ kind: "failed" });
  expect(codex.readError("", "■ You've hit your usage limit. try again at 5 PM.")).toMatchObject({
    limit: "usage",
  });
  const id = "8854bd8a-c9c9-42b4-8b4c-6856171800b4";
  expect(codex.sessionIn(`To continue, run codex resume ${id}`)).toBe(id);
  expect(codex.sessionIn("bye")).toBeNull();
});
