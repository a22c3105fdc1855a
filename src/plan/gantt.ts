/** The plan for a person's eyes, as lines no wider than the paper. */
import { shortIds } from "../backlog/short-id.ts";
import { columns, cut, type Paper, paint, type Style } from "../ground/paper.ts";
import { plainLine } from "../ground/text.ts";
import type { Conflict } from "./conflicts.ts";
import type { Explanation, Reason } from "./explain.ts";
import type { Plan, PlannedTask, PlannedTrack } from "./plan.ts";

/** The most tracks shown: nobody reads a longer list, and `--json` has it all. */
const mostTracks = 40;
const mostConflicts = 10;
const palette: readonly Style[] = ["cyan", "magenta", "green", "yellow", "blue"];
const narrowest = 40;

export function renderPlan(plan: Plan, paper: Paper): readonly string[] {
  const width = Math.max(narrowest, paper.width);
  if (plan.tracks.length === 0)
    return [...heading(plan, paper), "nothing to plan: no task is open"];
  const lines = [
    ...heading(plan, paper),
    "",
    ...trackLines(plan, width, paper),
    ...chartLines(plan, width, paper),
    ...figures(plan, paper),
    "",
    ...conflictLines(plan, width, paper),
    ...adviceLines(plan, width, paper),
  ];
  return lines.map((line) => (columns(line) > width ? cut(line, width) : line));
}

function heading({ tasks, tracks, target, workers }: Plan, paper: Paper): readonly string[] {
  const open = tasks.filter(({ done }) => !done).length;
  const title = `${count(open, "open task")}, ${count(tracks.length, "track")}, ${count(workers, "worker")} → ${plainLine(target)}`;
  return [paint(title, "bold", paper)];
}

function trackLines({ tracks, tasks }: Plan, width: number, paper: Paper): readonly string[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const short = shortIds(byId.keys());
  const shown = tracks.slice(0, mostTracks);
  const nameWidth = Math.min(24, Math.max(0, ...shown.map(({ name }) => name.length)));
  const lines = shown.flatMap((track) => {
    const color = colorOf(track, tracks);
    const times = `${pad(minutes(track.startMinute), 4)} – ${minutes(track.endMinute)} min`;
    const state = track.state === "planned" ? "" : `  ${track.state}`;
    const waits = track.after.length > 0 ? `  after ${track.after.join(", ")}` : "";
    const head = cut(`${times}${state}${waits}`, width - nameWidth - 4);
    const name = cut(track.name, nameWidth);
    return [
      `  ${paint(name, color, paper)}${gap(name, nameWidth)}  ${head}`,
      ...track.tasks.map((id) => cut(`    ${taskLine(short(id), byId.get(id))}`, width)),
      ...(track.glue === undefined
        ? []
        : [cut(`    one track for ${track.glue.join(", ")}`, width)]),
    ];
  });
  const more = tracks.length - shown.length;
  return [
    ...lines,
    ...(more > 0 ? [`  … and ${count(more, "track")} more (--json has all)`] : []),
    "",
  ];
}

function taskLine(id: string, task: PlannedTask | undefined): string {
  if (task === undefined) return plainLine(id);
  const guess = task.estimateSource === "default" ? "~" : "";
  const mark = task.footprint.length === 0 ? "  (unpredicted)" : "";
  return `${plainLine(id)}  ${guess}${minutes(task.estimateMinutes)} min  ${plainLine(task.text)}${mark}`;
}

/** Draws one line per worker, a bar per track, as wide as it lasts. */
function chartLines(
  { tracks, makespanMinutes }: Plan,
  width: number,
  paper: Paper,
): readonly string[] {
  const slots = [...new Set(tracks.map(({ slot }) => slot))].sort(
    (a, b) => (a || 1e9) - (b || 1e9),
  );
  if (slots.length === 0 || makespanMinutes <= 0) return [];
  const label = "  worker 10 ".length;
  const chart = width - label - 1;
  const column = (minute: number) => Math.round((minute / makespanMinutes) * chart);
  const rows = slots.slice(0, mostTracks).map((slot) => {
    let line = "";
    let used = 0;
    for (const track of tracks.filter((candidate) => candidate.slot === slot)) {
      const from = Math.max(used, column(track.startMinute));
      const room = column(track.endMinute) - from;
      if (room <= 0) continue;
      line += " ".repeat(from - used) + paint(bar(track.name, room), colorOf(track, tracks), paper);
      used = from + room;
    }
    const name = slot === 0 ? "  landing" : `  worker ${slot}`;
    return `${name}${gap(name, label)}${line}`;
  });
  return [...rows, axis(makespanMinutes, label, chart), ""];
}

function bar(name: string, room: number): string {
  if (room < 3) return "▇".repeat(room);
  const text = cut(name, room - 2);
  return `▐${text}${"━".repeat(room - 2 - columns(text))}▌`;
}

function axis(end: number, label: number, chart: number): string {
  const step =
    [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 960].find((value) => (end / value) * 8 <= chart) ??
    end;
  let line = " ".repeat(label);
  for (let minute = 0; minute <= end; minute += step) {
    const at = label + Math.round((minute / end) * chart);
    const mark = String(minute);
    if (at < line.length || at + mark.length > label + chart + 1) continue;
    line += " ".repeat(at - line.length) + mark;
  }
  return line;
}

function figures(plan: Plan, paper: Paper): readonly string[] {
  const { makespanMinutes, lowerBoundMinutes, sequentialMinutes } = plan;
  if (sequentialMinutes === 0) return [];
  const ratio = lowerBoundMinutes > 0 ? makespanMinutes / lowerBoundMinutes : 1;
  const against = `lower bound ${minutes(lowerBoundMinutes)} min (×${ratio.toFixed(2)}), one by one ${minutes(sequentialMinutes)} min`;
  return [`  ${paint(`${minutes(makespanMinutes)} min`, "bold", paper)}; ${against}`];
}

function conflictLines(plan: Plan, width: number, paper: Paper): readonly string[] {
  const { conflicts, conflictsCut, tasks } = plan;
  const short = shortIds(tasks.map(({ id }) => id));
  const pairOf = (conflict: Conflict): string =>
    conflict.tasks.map((id) => plainLine(short(id))).join(" and ");
  if (conflicts.length === 0) return [];
  const shown = conflicts.slice(0, mostConflicts);
  const left = Math.max(...shown.map((conflict) => columns(pairOf(conflict))));
  const lines = shown.map((conflict) => {
    const pair = cut(pairOf(conflict), 24);
    const verdict = resolutionOf(conflict);
    const paths = conflict.paths.map(plainLine).join(", ");
    const more = conflict.morePaths === undefined ? "" : ` and ${conflict.morePaths} more`;
    return cut(
      `  ${pair}${gap(pair, Math.min(24, left))}  ${pad(verdict, -12)}  ${paths}${more}`,
      width,
    );
  });
  const more = conflicts.length - shown.length;
  const rest = more > 0 ? [`  … and ${conflictsCut ? "at least " : ""}${more} more (--json)`] : [];
  return [paint("Shared paths", "bold", paper), ...lines, ...rest, ""];
}

function resolutionOf({ soft, resolution }: Conflict): string {
  if (resolution === "same-track") return "same track";
  if (resolution === "ordered") return "in order";
  return soft ? "soft" : "";
}

function adviceLines({ advice, workers }: Plan, width: number, paper: Paper): readonly string[] {
  const { verdict, workers: advised, reasons } = advice;
  const title = {
    parallel: `Advice: parallel, ${advised} workers${advised === workers ? "" : ` (-k ${advised})`}`,
    sequential: "Advice: one worker, one task after the other (-k 1)",
    scout: "Advice: find out first what the tasks touch",
  }[verdict];
  const color = { parallel: "green", sequential: "yellow", scout: "yellow" } as const;
  return [
    paint(title, ["bold", color[verdict]], paper),
    ...reasons.flatMap((reason) => bullet(plainLine(reason), width)),
  ];
}

export function renderExplanation(
  explanation: Explanation,
  paper: Paper,
  short: (id: string) => string = String,
): readonly string[] {
  const reasonLine = (reason: Reason): string => lineOf(reason, short);
  const width = Math.max(narrowest, paper.width);
  const { task, track } = explanation;
  const where =
    track === undefined
      ? task.done
        ? "done; not planned"
        : "not planned"
      : `track ${track.name}, ${minutes(track.startMinute)} – ${minutes(track.endMinute)} min: ${plainLine(track.why)}`;
  const touches = task.footprint.map(
    ({ path, source, confidence, soft }) =>
      `${plainLine(path)}  ${source}, ${Math.round(confidence * 100)} % sure${soft ? ", soft" : ""}`,
  );
  const unpredicted = "nothing is known: it may run beside any task; name paths, or use touches:";
  return [
    paint(cut(taskLine(short(task.id), task), width), "bold", paper),
    ...bullet(where, width),
    ...section("Touches", explanation.isUnpredicted ? [unpredicted] : touches, width, paper),
    ...section("Waits for", explanation.waitsFor.map(reasonLine), width, paper),
    ...section("Holds up", explanation.heldUpByIt.map(reasonLine), width, paper),
    ...section("Same track as", explanation.sameTrack.map(reasonLine), width, paper),
    ...section("Beside, on soft paths", explanation.besides.map(reasonLine), width, paper),
  ];
}

function lineOf({ task, track, kind, paths }: Reason, short: (id: string) => string): string {
  const where = track === undefined ? "" : ` (${track})`;
  return `${plainLine(short(task))}${where}: ${kind === "after" ? "after:" : paths.map(plainLine).join(", ")}`;
}

function section(title: string, items: readonly string[], width: number, paper: Paper) {
  if (items.length === 0) return [];
  const shown = items.slice(0, mostTracks).flatMap((item) => bullet(item, width));
  const more = items.length > mostTracks ? [`  … and ${items.length - mostTracks} more`] : [];
  return [paint(title, "bold", paper), ...shown, ...more];
}

/** Writes a list item, broken between words. */
function bullet(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "  -";
  for (const word of text.split(" ")) {
    if (columns(line) + 1 + columns(word) > width && line.trim().length > 1) {
      lines.push(line);
      line = "   ";
    }
    line += ` ${word}`;
  }
  return [...lines, line].map((part) => cut(part, width));
}

function colorOf({ name }: PlannedTrack, tracks: readonly PlannedTrack[]): Style {
  const at = tracks.findIndex((track) => track.name === name);
  return palette[at % palette.length] ?? "cyan";
}

const count = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? "" : "s"}`;
const minutes = (value: number): string => String(Math.round(value));
const gap = (text: string, width: number): string => " ".repeat(Math.max(0, width - columns(text)));
const pad = (text: string, width: number): string =>
  width < 0 ? text.padEnd(-width) : text.padStart(width);
