import { columns, cut, hanging, type Paper, padded, paint } from "../ground/paper.ts";
import { plainLine } from "../ground/text.ts";
import { formatBreak } from "../radar/overlap.ts";
import {
  isSoftMeeting,
  type Meeting,
  type MetPath,
  type Scan,
  type SubjectSeen,
} from "../radar/scan.ts";
import type { Breakage } from "../radar/symbols/may-break.ts";
import type { Touch } from "../radar/touch-store.ts";

type Names = readonly [string, string];

/**
 * Formats the matrix of conflicting lines of work, and below it each conflict with its paths. Pure.
 * @param rivals pairs of which only one is to land: their shared paths are no conflict
 */
export function formatRadar(
  scan: Scan,
  paper: Paper,
  rivals: readonly Names[] = [],
): readonly string[] {
  return [...matrix(scan, paper, rivals), "", ...conflicts(scan, paper)];
}

function matrix(scan: Scan, paper: Paper, rivals: readonly Names[]): readonly string[] {
  const { target, seen, meetings, breaks } = scan;
  const names = seen.map(({ subject }) => plainLine(subject.name));
  const digits = String(seen.length).length;
  const nameWidth = Math.min(32, Math.max(5, ...names.map(columns)));
  const heading = `WITH ${plainLine(target).toUpperCase()}`;
  const standWidth = Math.max(columns(heading), 10);
  const byNames: Pairs = new Map<string, Meeting | Breakage | "rivals">([
    ...[...breaks, ...meetings].map((pair) => [pair.names.join("\0"), pair] as const),
    ...rivals.map((pair) => [pair.join("\0"), "rivals"] as const),
  ]);
  const column = (text: string): string => text.padStart(digits + 1);
  const row = (number: string, name: string, stand: string): string =>
    `${number.padStart(digits)}  ${padded(cut(name, nameWidth), nameWidth)}  ${padded(stand, standWidth)} `;
  const room = Math.floor((paper.width - columns(row("", "", ""))) / (digits + 1));
  const drawn = columnsDrawn(scan, room);
  const head = row("", "NAME", heading) + drawn.map((to) => column(String(to + 1))).join("");
  return [
    paint(cut(head, paper.width), "dim", paper),
    ...seen.map((one, at) => {
      const cells = drawn.map((to) => {
        const other = seen[to];
        return column(to === at || other === undefined ? "·" : cell(one, other, byNames));
      });
      const line = row(String(at + 1), names[at] ?? "", standing(one)) + cells.join("");
      return paint(cut(line, paper.width), styleOf(one, meetings), paper);
    }),
  ];
}

/**
 * Chooses the columns: all if they fit, else only those with a conflict; none if these do not fit.
 */
function columnsDrawn({ seen, meetings, breaks }: Scan, room: number): readonly number[] {
  const all = seen.map((_, at) => at);
  if (all.length <= room) return all;
  const met = new Set([...meetings, ...breaks].flatMap(({ names }) => names));
  const some = all.filter((at) => met.has(seen[at]?.subject.name ?? ""));
  return some.length <= room ? some : [];
}

type Pairs = ReadonlyMap<string, Meeting | Breakage | "rivals">;

/**
 * Formats a cell: the number of paths two lines of work conflict in; `r` for two of which only one
 * is to land; `~` for soft paths only, `b` where they merge and may break each other, `?` where it
 * cannot be told.
 */
function cell(one: SubjectSeen, other: SubjectSeen, pairs: Pairs): string {
  const names = [one.subject.name, other.subject.name];
  const meeting = pairs.get(names.join("\0")) ?? pairs.get(names.reverse().join("\0"));
  if (meeting === "rivals") return "r";
  if (one.state !== "clean" || other.state !== "clean") return "?";
  if (meeting === undefined) return "-";
  if ("breaks" in meeting) return "b";
  if (meeting.why !== undefined) return "?";
  return isSoftMeeting(meeting) ? "~" : String(new Set(meeting.paths.map(({ path }) => path)).size);
}

function standing(one: SubjectSeen): string {
  if (one.state === "unknown") return "unknown";
  if (one.state === "conflict") return `${counted(one.paths.length, "path")}!`;
  return one.changed.length === 0 ? "no change" : "clean";
}

function styleOf(
  one: SubjectSeen,
  meetings: readonly Meeting[],
): "red" | "yellow" | "dim" | "reset" {
  if (one.state === "unknown") return "yellow";
  if (one.state === "conflict") return "red";
  const met = meetings.filter(({ names }) => names.includes(one.subject.name));
  if (met.some((meeting) => !isSoftMeeting(meeting))) return "red";
  return one.changed.length === 0 ? "dim" : "reset";
}

function conflicts({ target, seen, meetings, breaks }: Scan, paper: Paper): readonly string[] {
  const below = (line: string): readonly string[] => hanging(line, paper.width);
  const title = (text: string): readonly string[] =>
    below(text).map((line) => paint(line, "bold", paper));
  const own = seen.flatMap((one) => {
    const name = plainLine(one.subject.name);
    if (one.state === "unknown") return below(`${name}: cannot be told, ${plainLine(one.why)}`);
    return [
      ...(one.paths.length === 0 ? [] : title(`${name} and ${plainLine(target)}`)),
      ...one.paths.flatMap((path) => below(pathLine(path))),
      ...one.large.flatMap(({ path, bytes }) =>
        below(
          `${name}: ${plainLine(path)} is compared by its size only (${Math.round(bytes / 1_048_576)} MB)`,
        ),
      ),
    ];
  });
  const pairs = meetings.flatMap(({ names, paths, why }) => [
    ...title(names.map(plainLine).join(" and ")),
    ...(why === undefined ? [] : below(`  cannot be told, ${plainLine(why)}`)),
    ...paths.flatMap((path) => below(pathLine(path))),
  ]);
  const softer = breaks.flatMap(({ names, breaks: found }) => [
    ...title(`${names.map(plainLine).join(" and ")} merge, and may break each other`),
    ...found.flatMap((one) => below(`  ${plainLine(one.by)}: ${formatBreak(one)}`)),
  ]);
  const all = [...own, ...pairs, ...softer];
  return all.length === 0 ? ["nothing conflicts"] : all;
}

function pathLine({ path, soft, hunks }: MetPath): string {
  const lines = hunks.map(({ line }) => line);
  const where = lines.length === 0 ? "" : `  line ${lines.slice(0, 8).join(", ")}`;
  return `  ${plainLine(path)}${where}${soft ? "  (soft: the landing settles it)" : ""}`;
}

/** Formats the lines of work that touched each path, a line a track. Pure. */
export function formatTouched(
  asked: readonly { readonly path: string; readonly touched: readonly Touch[] }[],
  { all }: { readonly all: boolean },
): readonly string[] {
  return asked.flatMap(({ path, touched }) =>
    touched.length === 0
      ? [`${plainLine(path) || "."}: ${all ? "nobody" : "no track"} has touched it`]
      : touched.map(
          (one) =>
            `${plainLine(one.path)}: ${plainLine(one.track)}, ${one.committed ? "committed" : "not committed yet"}`,
        ),
  );
}

const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;
