import type { Choice } from "./choose.ts";
import type { History } from "./history.ts";
import type { Ran } from "./run.ts";
import type { Check, Fate } from "./verdict.ts";

export interface Told {
  readonly title: string;
  readonly history: History;
  readonly files: number;
  readonly workers: number;
  readonly choice: Choice;
  readonly ran: Ran;
  readonly fates: readonly Fate[];
  readonly checks: readonly Check[];
}

/** Formats the whole story of a replay, as it is printed. */
export function formatReport(told: Told): readonly string[] {
  const { title, history, files, workers, choice, ran, fates, checks } = told;
  const { seconds = 0, sequentialSeconds = 0, notLanded = [] } = ran.finished ?? {};
  const tracks = new Set(fates.flatMap(({ track }) => track ?? []));
  const count = (kind: string): number =>
    ran.events.filter((event) => event.type === "track.handed-back" && event.kind === kind).length;
  const width = Math.max(...fates.map(({ track }) => track?.length ?? 1));
  const declared = choice.tasks.filter((task) => task.declared).length;
  return [
    `${title}: base ${history.base.slice(0, 10)}, ${history.back} commits back, ${files} files`,
    `${choice.tasks.length} tasks (${declared} declare their paths) on ${workers} workers, in ${tracks.size} tracks`,
    "",
    ...fates.map((fate) => formatFate(fate, width)),
    "",
    ...notLanded.map(({ track, reason }) => `not landed: ${track}: ${reason}`),
    `gates red ${count("red")}, conflicts handed back ${count("conflict")}`,
    ran.kills > 0
      ? `killed and started again ${ran.kills} times; the last run took ${seconds} s`
      : `${seconds} s by the clock, ${sequentialSeconds} s one after the other (${(sequentialSeconds / Math.max(seconds, 0.1)).toFixed(1)} times as long)`,
    "",
    ...checks.map(({ what, holds, found }) => {
      const told = found === "" ? "" : ` (${found})`;
      return `${holds ? "yes" : "NO "}  ${what}${told}`;
    }),
  ];
}

function formatFate({ task, track, landed, handedBack }: Fate, width: number): string {
  const notes = [
    ...(task.declared ? [] : ["undeclared"]),
    ...(task.removes ? ["removes"] : []),
    ...(task.after.length === 0 ? [] : [`after ${task.after.join(",")}`]),
    ...(task.defect === undefined ? [] : ["first attempt broken"]),
    ...handedBack.map((kind) => `handed back: ${kind}`),
  ];
  const line = [
    task.id.padEnd(3),
    task.sha.slice(0, 9),
    (landed ?? "-").slice(0, 9).padEnd(9),
    (track ?? "-").padEnd(width),
    task.subject.slice(0, 60),
    ...(notes.length === 0 ? [] : [`[${notes.join("; ")}]`]),
  ];
  return line.join("  ");
}
