import { columns, type Paper, paint } from "../ground/paper.ts";
import { plainLine } from "../ground/text.ts";
import type { HumanReason, Track } from "../track/track.ts";

/** A command that a person may choose, and its effect. */
type Choice = readonly [command: string, meaning: string];

/**
 * Formats the reason why a track waits for a person, and the three commands to choose from. Pure.
 */
export function formatChoices(track: Track, paper: Paper): readonly string[] {
  const { name, at } = track;
  if (at.state !== "needs-human") return [];
  const choices = choicesOf(track, at.reason);
  const width = Math.max(...choices.map(([command]) => columns(command)));
  const hint = isSpoken(at.reason) ? undefined : at.hint;
  return [
    `${paint(name, "bold", paper)} needs you: ${plainLine(at.detail)}`,
    ...(hint === undefined ? [] : [`  → ${plainLine(inLine(hint))}`]),
    ...choices.map(([command, meaning]) => `  ${command.padEnd(width)}  ${plainLine(meaning)}`),
  ];
}

/**
 * Names the commands for a track that waits for a person, in a line; undefined for any other. Pure.
 */
export function hintFor(track: Track): string | undefined {
  const { name, at } = track;
  if (at.state !== "needs-human") return undefined;
  if (at.hint !== undefined) return inLine(at.hint);
  const ways = choicesOf(track, at.reason).filter(([command]) => !sideways(name).includes(command));
  return ways.map(([command, meaning]) => `${command} (${meaning})`).join(", or ");
}

/** Names the commands for a track that was brought back. */
export const afterRestore = (name: string): string =>
  `pleach start ${name} goes on with it, pleach land ${name} lands it`;

const inLine = (hint: string): string => hint.split("\n").join("; ");

/** Lists the commands that bring nothing on. */
const sideways = (name: string): readonly string[] => [
  `pleach diff ${name}`,
  `pleach drop ${name}`,
];

/** Whether the choices already say the same as a landing's hint. */
const isSpoken = (reason: HumanReason): boolean =>
  reason === "guarded" || reason === "no-gate" || reason === "tries";

function choicesOf({ name, worktree, branch }: Track, reason: HumanReason): readonly Choice[] {
  const look: Choice = [`pleach diff ${name}`, "look at what it changes"];
  const drop: Choice = [`pleach drop ${name}`, "give it up; its work is kept in a rescue ref"];
  switch (reason) {
    case "guarded":
      return [look, [`pleach land --accept-gate ${name}`, "you have looked, and it may"], drop];
    case "no-gate":
      return [look, [`pleach land --no-gate ${name}`, "land it untested"], drop];
    case "review":
      return [look, [`pleach land ${name}`, "gate it and land it"], drop];
    case "dirty-target":
    case "target-busy":
    case "landing-torn":
    case "signing":
      // The track's own work is as it should be: there is nothing for a worker to do.
      return [look, [`pleach land ${name}`, "land it, once that is done"], drop];
    case "paused":
      return [look, [`pleach resume ${name}`, "its session goes on where it was"], drop];
    case "worktree-missing":
      return [
        [`git worktree add --force '${worktree}' ${branch}`, "bring its folder back"],
        [`pleach start ${name}`, "a fresh worker goes on with it, once the folder is back"],
        drop,
      ];
    default:
      return [
        [`pleach start ${name}`, "a fresh worker goes on with it"],
        [`pleach land ${name}`, `land it, once you have mended it in ${worktree}`],
        drop,
      ];
  }
}
