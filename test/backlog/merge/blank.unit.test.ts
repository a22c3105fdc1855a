import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeBacklogs } from "../../../src/backlog/merge/merge.ts";

/** A line of a task file; an item bears a name of its own. */
type Part = { readonly item: string } | { readonly words: string };

const file: fc.Arbitrary<readonly Part[]> = fc
  .array(
    fc.oneof(
      fc.constant("item"),
      fc.constant("item"),
      fc.constantFrom("", "## Part", "Words.", "  detail", "  - [ ] nested"),
    ),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((parts) =>
    parts.map((part, at) => (part === "item" ? { item: `task${at}` } : { words: part })),
  );

const render = (parts: readonly Part[], done: ReadonlySet<string>): string =>
  parts
    .map((part) =>
      "item" in part ? `- [${done.has(part.item) ? "x" : " "}] ${part.item}\n` : `${part.words}\n`,
    )
    .join("");

const edits = fc.array(
  fc.record({
    at: fc.nat(100),
    what: fc.constantFrom("", "", "", "New words.", "  new detail", "item", "gone"),
  }),
  { maxLength: 8 },
);

function edited(
  parts: readonly Part[],
  changes: readonly { at: number; what: string }[],
): readonly Part[] {
  const result = [...parts];
  for (const [count, { at, what }] of changes.entries()) {
    const place = at % (result.length + 1);
    const there = result[place];
    if (what === "gone") {
      if (there !== undefined && "words" in there) result.splice(place, 1);
    } else result.splice(place, 0, what === "item" ? { item: `new${count}` } : { words: what });
  }
  return result;
}

test("ticks of one side come into the other side's text, and no other byte changes", () => {
  fc.assert(
    fc.property(file, edits, fc.infiniteStream(fc.boolean()), (parts, changes, choice) => {
      const names = parts.flatMap((part) => ("item" in part ? [part.item] : []));
      const done = new Set(names.filter(() => choice.next().value));
      const base = render(parts, new Set());
      const ticked = render(parts, done);
      const other = edited(parts, changes);
      const plain = render(other, new Set());
      const wanted = render(other, done);
      for (const [ours, theirs] of [
        [ticked, plain],
        [plain, ticked],
      ] as const) {
        const merged = mergeBacklogs({ base, ours, theirs });
        if (merged.kind === "clean") expect(merged.text).toBe(wanted);
      }
    }),
    { numRuns: 3000 },
  );
});

test("an item that both sides add behind a blank line of their own keeps the line", () => {
  const base = "- [ ] a\n";
  const ours = "- [ ] a\n\n- [ ] mine\n";
  const theirs = "- [ ] a\n\n- [ ] yours\n";
  expect(mergeBacklogs({ base, ours, theirs })).toEqual({
    kind: "clean",
    text: "- [ ] a\n\n- [ ] mine\n\n- [ ] yours\n",
  });
});

test("text that both sides add at one place stays, the same lines once", () => {
  const base = "# Plan\n\n- [ ] a\n";
  const merged = (ours: string, theirs: string) => mergeBacklogs({ base, ours, theirs });
  expect(merged(`${base}\nMine.\n`, `${base}\nYours.\n`)).toEqual({
    kind: "clean",
    text: `${base}\nMine.\n\nYours.\n`,
  });
  expect(merged(`${base}Same.\nMine.\n`, `${base}Same.\n- [x] b\nYours.\n`)).toEqual({
    kind: "clean",
    text: `${base}Same.\nMine.\n- [x] b\nYours.\n`,
  });
  expect(merged("# Plan\n\nMine.\n\n- [x] a\n", "# Plan\nYours.\n\n- [ ] a\n")).toEqual({
    kind: "clean",
    text: "# Plan\nYours.\n\nMine.\n\n- [x] a\n",
  });
});
