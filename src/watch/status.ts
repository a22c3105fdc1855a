import { shortIds } from "../backlog/short-id.ts";
import { type Paper, paint } from "../ground/paper.ts";
import { plainLine } from "../ground/text.ts";
import type { Track } from "../track/track.ts";
import { formatElapsed } from "./live.ts";
import type { TrackStanding } from "./standing.ts";

/** Formats a track, a fact a line. Pure. */
export function formatStatus(
  standing: TrackStanding,
  track: Track,
  paper: Paper,
): readonly string[] {
  const detail = "detail" in track.at ? track.at.detail : undefined;
  const short = shortIds(track.tasks.map(({ id }) => id));
  const facts: readonly (readonly [name: string, value: string | undefined])[] = [
    [
      "state",
      standing.reason === undefined ? standing.state : `${standing.state} (${standing.reason})`,
    ],
    ["since", `${formatElapsed(standing.elapsedMs)} ago`],
    ["detail", detail],
    ["worker", standing.worker],
    [
      "agent",
      `${track.agent} (${standing.mode}, ${standing.host}, permissions: ${track.permissions})`,
    ],
    ["branch", track.branch],
    ["worktree", track.worktree],
    ["base", track.base.slice(0, 12)],
    ["commits", figure(standing.commits)],
    ["files", figure(standing.changed)],
    ["tries", String(track.tries)],
    ...track.tasks.map((task) => ["task", `${short(task.id)}  ${task.text}`] as const),
  ];
  return [
    paint(track.name, "bold", paper),
    ...facts.flatMap(([name, value]) =>
      value === undefined ? [] : [`  ${name.padEnd(9)} ${plainLine(value)}`],
    ),
  ];
}

function figure(value: number | null | undefined): string | undefined {
  return value === null ? "unknown" : value?.toString();
}
