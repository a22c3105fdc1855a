import { plain, plainLine } from "../ground/text.ts";
import { type FileVersions, type RaceVersions, regionsOf, written } from "../race/versions.ts";
import { factsOf } from "./side-by-side.ts";

/**
 * Formats the files of a race with the candidates' versions side by side, as a page of Markdown.
 * Pure.
 */
export function formatSideBySidePage({ race, files, left }: RaceVersions): readonly string[] {
  return [
    `# Race ${race}, side by side`,
    ...files.flatMap((file) => ["", `## ${plainLine(file.path)}`, ...pageOf(file)]),
    ...(left === 0 ? [] : ["", `And ${left} files more.`]),
  ];
}

function pageOf(file: FileVersions): readonly string[] {
  const own = written(file);
  const facts = factsOf(file);
  const said = facts.length === 0 ? [] : ["", `${facts.join("; ")}.`];
  const regions = regionsOf(file.rows ?? []).flatMap(({ agreed, base, versions }) => {
    const [first] = versions;
    if (first === undefined) return [];
    const blocks = versions.map(({ text }) => diffBlock(base.text, text));
    if (agreed) {
      const who =
        own.length > 1 ? [`All columns, line ${first.line}:`, ""] : [`Line ${first.line}:`, ""];
      return ["", ...who, ...(blocks[0] ?? [])];
    }
    const names = own.map(
      ({ tracks }, at) => `<th>${tracks.join(" ")}, line ${versions[at]?.line}</th>`,
    );
    return [
      ...["", `<table><tr>${names.join("")}</tr><tr>`],
      ...blocks.flatMap((block) => ["<td>", "", ...block, "", "</td>"]),
      "</tr></table>",
    ];
  });
  return [...said, ...regions];
}

/** Builds a diff block in a fence longer than any in the text, which so stays inside. */
function diffBlock(before: string, after: string): readonly string[] {
  const rows = (mark: string, text: string): readonly string[] =>
    text === ""
      ? []
      : plain(text)
          .replace(/\n$/, "")
          .split("\n")
          .map((line) => mark + line);
  const lines = before === after ? rows(" ", before) : [...rows("-", before), ...rows("+", after)];
  const longest = Math.max(
    2,
    ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map(({ length }) => length)),
  );
  const fence = "`".repeat(longest + 1);
  return [`${fence}diff`, ...(lines.length === 0 ? [" "] : lines), fence];
}
