import { columns, type Paper, paint } from "../ground/paper.ts";
import { plainLine } from "../ground/text.ts";
import type { HumanReason, Track } from "../grow/track.ts";

/** A command that a person may choose, and what it would do. */
type Choice = readonly [command: string, meaning: string];

/** A track that waits for a person: what for, and the three commands to choose from. Pure. */
export function formatChoices(track: Track, paper: Paper): readonly string[] {
  const { name, at } = track;
  if (at.state !== "needs-human") return [];
  const choices = choicesOf(track, at.reason);
  const width = Math.max(...choices.map(([command]) => columns(command)));
  return [
    `${paint(name, "bold", paper)} needs you: ${plainLine(at.detail)}`,
    ...choices.map(([command, meaning]) => `  ${command.padEnd(width)}  ${plainLine(meaning)}`),
  ];
}

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
