import { describe, expect, test } from "vitest";
import { mergeBacklogs } from "../../../src/backlog/merge/merge.ts";

const base =
  "# Tasks\n\n- [ ] Alpha one  id:A\n- [ ] Beta two words here\n- [x] Gamma three\n\nEnd.\n";
const change = (from: string, to: string, text = base): string => {
  expect(text).toContain(from);
  return text.replace(from, to);
};

function merge(ours: string, theirs: string, from = base): string {
  const forth = mergeBacklogs({ base: from, ours, theirs });
  expect(forth.kind).toBe("clean");
  return forth.text;
}

describe("the additive rule", () => {
  const tickAlpha = change("[ ] Alpha", "[x] Alpha");
  const tickBeta = change("[ ] Beta", "[X] Beta");

  test("a task done on either side is done, with neighbours ticked on the other", () => {
    const both = change("[ ] Alpha", "[x] Alpha", tickBeta);
    expect(merge(tickAlpha, tickBeta)).toBe(both);
    expect(merge(tickBeta, tickAlpha)).toBe(both);
  });

  test("a done task stays done when the other side takes the tick back", () => {
    const untick = change("[x] Gamma", "[ ] Gamma");
    expect(merge(untick, base)).toBe(base);
    expect(merge(base, untick)).toBe(base);
    expect(merge(untick, untick)).toBe(untick);
  });

  test("both sides' additions at one place stay, ours first", () => {
    const add = (line: string): string => change("Gamma three\n", `Gamma three\n${line}\n`);
    const ours = add("- [ ] Ours\n  with detail");
    const theirs = add("- [ ] Theirs");
    expect(merge(ours, theirs)).toBe(add("- [ ] Ours\n  with detail\n- [ ] Theirs"));
  });

  test("an item that both sides added is there once, done if either has done it", () => {
    const ours = `${base}\n- [ ] New\n- [ ] Mine\n`;
    const theirs = `${base}\n- [x] Yours\n- [x] New\n`;
    expect(merge(ours, theirs)).toBe(`${base}\n- [x] New\n- [ ] Mine\n- [x] Yours\n`);
  });

  test("a deletion stands against no change, and not against a tick or an edit", () => {
    const without = change("- [ ] Alpha one  id:A\n", "");
    expect(merge(without, base)).toBe(without);
    expect(merge(base, without)).toBe(without);
    expect(merge(without, tickAlpha)).toBe(tickAlpha);
    expect(merge(tickAlpha, without)).toBe(tickAlpha);
    const edited = change("Alpha one", "Alpha changed");
    expect(merge(without, edited)).toBe(edited);
  });

  test("an edited text keeps the other side's tick, with an id or by likeness", () => {
    const editAlpha = change("Alpha one", "Something else entirely");
    expect(merge(editAlpha, tickAlpha)).toBe(change("[ ]", "[x]", editAlpha));
    const editBeta = change("Beta two words here", "Beta two words there here");
    expect(merge(tickBeta, editBeta)).toBe(change("[ ] Beta", "[X] Beta", editBeta));
  });

  test("a task replaced by another does not hand its tick on", () => {
    const replaced = change("Beta two words here", "Write the manual");
    expect(merge(replaced, tickBeta)).toContain("- [ ] Write the manual\n");
    expect(merge(replaced, tickBeta)).toContain("- [X] Beta two words here\n");
  });

  test("a task replaced by a similar task does not hand its tick on", () => {
    const replaced = change("Beta two words here", "Delta two words here");
    const both = change("- [ ] Beta", "- [X] Beta two words here\n- [ ] Delta");
    expect(merge(tickBeta, replaced)).toBe(both);
    expect(merge(replaced, tickBeta)).toContain("- [ ] Delta two words here\n");
    expect(merge(replaced, tickBeta)).toContain("- [X] Beta two words here\n");
  });

  test("a task moved under another heading, or given an id, keeps the other side's tick", () => {
    const moved = `${change("- [ ] Beta two words here\n", "")}\n## Later\n- [ ] Beta two words here\n`;
    expect(merge(moved, tickBeta)).toBe(change("[ ] Beta", "[X] Beta", moved));
    const named = change("words here", "words here  id:B");
    expect(merge(tickBeta, named)).toBe(change("[ ] Beta", "[X] Beta", named));
  });

  test("nested boxes and details merge inside their task", () => {
    const from = "- [ ] a\n  - [ ] one\n  - [ ] two\n  note\n";
    expect(
      merge(
        "- [x] a\n  - [x] one\n  - [ ] two\n  note\n",
        "- [ ] a\n  - [ ] one\n  - [x] two\n  - [ ] three\n  other note\n",
        from,
      ),
    ).toBe("- [x] a\n  - [x] one\n  - [x] two\n  - [ ] three\n  other note\n");
  });

  test("equal tasks are told apart by their number", () => {
    const from = "- [ ] x\n- [ ] x\n- [ ] x\n";
    expect(merge("- [x] x\n- [ ] x\n- [ ] x\n", "- [ ] x\n- [ ] x\n- [x] x\n", from)).toBe(
      "- [x] x\n- [ ] x\n- [x] x\n",
    );
  });
});

describe("the merge keeps", () => {
  test("line ends, a missing final newline and a byte order mark", () => {
    const from = "\uFEFF- [ ] a\r\n- [ ] b";
    expect(merge("\uFEFF- [x] a\r\n- [ ] b", "\uFEFF- [ ] a\r\n- [ ] b\r\n- [ ] c", from)).toBe(
      "\uFEFF- [x] a\r\n- [ ] b\r\n- [ ] c",
    );
  });

  test("a change of line ends by one side reaches the other side's lines", () => {
    const crlf = base.replaceAll("\n", "\r\n");
    const theirs = `${base}- [ ] New\n`;
    expect(merge(crlf, theirs)).toBe(theirs.replaceAll("\n", "\r\n"));
    expect(merge(theirs, crlf)).toBe(theirs.replaceAll("\n", "\r\n"));
  });

  test("prose that one side changed next to an item the other ticked or added", () => {
    const ours = change("# Tasks\n", "# All tasks\n");
    const theirs = change("- [ ] Alpha", "- [ ] New\n- [x] Alpha");
    expect(merge(ours, theirs)).toBe(change("# Tasks\n", "# All tasks\n", theirs));
  });
});

describe("honest conflicts", () => {
  test("two edits of one prose line stand in markers, the ticks around them merged", () => {
    const ours = change("End.", "The end.", change("[ ] Alpha", "[x] Alpha"));
    const theirs = change("End.", "No end.", change("[ ] Beta", "[x] Beta"));
    expect(mergeBacklogs({ base, ours, theirs, markerSize: 9 })).toEqual({
      kind: "conflict",
      text: "# Tasks\n\n- [x] Alpha one  id:A\n- [x] Beta two words here\n- [x] Gamma three\n\n<<<<<<<<< ours\nThe end.\n=========\nNo end.\n>>>>>>>>> theirs\n",
    });
  });

  test("two edits of one task's words stand in markers with the joined state", () => {
    const ours = change("Alpha one", "Alpha first");
    const theirs = change("[ ] Alpha one", "[x] Alpha uno");
    const { kind, text } = mergeBacklogs({ base, ours, theirs });
    expect(kind).toBe("conflict");
    expect(text).toContain(
      "<<<<<<< ours\n- [x] Alpha first  id:A\n=======\n- [x] Alpha uno  id:A\n>>>>>>> theirs\n",
    );
  });

  test("an item that the other side's change would hide in another is not merged silently", () => {
    const from = "- [ ] Zeta\n- Group\n  - [ ] Alpha\n";
    const { kind, text } = mergeBacklogs({
      base: from,
      ours: "- [ ] Zeta\n",
      theirs: change("[ ] Alpha", "[x] Alpha", from),
    });
    expect({ kind, text }).toEqual({
      kind: "conflict",
      text: "- [ ] Zeta\n<<<<<<< ours\n=======\n- Group\n  - [x] Alpha\n>>>>>>> theirs\n",
    });
  });
});
