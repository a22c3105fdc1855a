import fc from "fast-check";

const prose = fc.constantFrom(
  "",
  "  ",
  "Some words.",
  "# Heading",
  "## Other ##",
  "Title\n=====",
  "---",
  "- plain",
  "  - deeper",
  "    code - [ ] x",
  "\ttab",
  "```\n- [ ] fenced\n```",
  "~~~\n- [ ] open fence",
  "<!-- - [ ] hidden -->",
  "<!--\n- [ ] hidden\n-->",
  "> - [ ] quoted",
  "https://example.invalid/x y:z",
  "- [ ]",
  "🌿 ünï",
);

const item = fc
  .record({
    indent: fc.constantFrom("", "", "", " ", "  ", "    ", "\t"),
    marker: fc.constantFrom("- ", "* ", "+ ", "1. ", "12) ", "-\t"),
    state: fc.constantFrom(" ", " ", "x", "X"),
    words: fc.constantFrom("Fix it", "Fix it", "Écrire", "a  b", "`id:T1` code", "Do est:5m"),
  })
  .map(({ indent, marker, state, words }) => `${indent}${marker}[${state}] ${words}`);

/** Any Markdown with task lists in it, well formed or not, in any line ending. */
export const taskFile: fc.Arbitrary<string> = fc
  .record({
    bom: fc.constantFrom("", "", "\uFEFF"),
    lines: fc.array(
      fc.tuple(fc.oneof(prose, item, item), fc.constantFrom("\n", "\n", "\r\n", "\r")),
    ),
    end: fc.boolean(),
  })
  .map(({ bom, lines, end }) => {
    const text = lines.map(([line, eol]) => line + eol).join("");
    return bom + (end ? text : text.replace(/[\r\n]+$/, ""));
  });
