import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { AgentEvent } from "../../agents/event.ts";
import type { Ground } from "../../ground/ground.ts";
import type { Track } from "../../track/track.ts";
import { trackFiles } from "../../track/track-files.ts";
import { gatherEvidence } from "../done/worktree-facts.ts";
import { readHandoff, writeHandoff } from "./prompt-files.ts";
import { formatRenewal } from "./renewal.ts";

const tailBytes = 64 * 1024;
const lastEvents = 20;

/** Writes HANDOFF.md for the fresh session that follows one that goes no further. */
export async function writeRenewal(
  { git, repo }: Pick<Ground, "git" | "repo">,
  track: Track,
  why: string,
): Promise<void> {
  const tree = await gatherEvidence(git, track);
  if (tree.kind === "missing") return;
  const range = `${track.base}..${tree.tip ?? tree.head}`;
  const log = await git.text(["log", "--reverse", "--format=%h %s", range]);
  const text = formatRenewal(
    {
      ...{ track, why },
      commits: log.split("\n").filter((line) => line !== ""),
      dirty: tree.dirty,
      last: lastWords(trackFiles(repo.stateDir, track.name).transcript),
    },
    readHandoff(track),
  );
  writeHandoff(track, text);
}

/** Reads an agent's own last words and actions, from the end of its transcript. */
function lastWords(transcript: string): readonly AgentEvent[] {
  const events = tailOf(transcript)
    .split("\n")
    .flatMap((line): readonly AgentEvent[] => {
      try {
        return [JSON.parse(line) as AgentEvent];
      } catch {
        // Cut off at the beginning of the part that was read, or not written to its end.
        return [];
      }
    });
  const own = events.filter(
    (event) => (event.kind === "message" || event.kind === "tool") && event.subAgent === null,
  );
  return own.slice(-lastEvents);
}

function tailOf(file: string): string {
  try {
    const descriptor = openSync(file, "r");
    try {
      const { size } = fstatSync(descriptor);
      const bytes = Buffer.alloc(Math.min(size, tailBytes));
      readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString();
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // A session without a transcript has said nothing.
    return "";
  }
}
