import { mkdirSync } from "node:fs";
import { basename } from "node:path";
import type { EpochMs } from "../../ground/clock.ts";
import type { Repo } from "../../ground/git/repo.ts";
import { appendInTree, readTextInTree, statInTree, writeInTree } from "../../ground/tree-file.ts";
import { writeWhole } from "../../ground/whole-file.ts";
import { requireWorktree } from "../../track/require-worktree.ts";
import type { Track } from "../../track/track.ts";
import { agentFiles, inWorktree, trackFiles } from "../../track/track-files.ts";
import { type PromptParts, renderFollowUp, renderPrompt } from "./prompt.ts";

const isPrivate = { mode: 0o600, folderMode: 0o700 };

/**
 * Writes the files a worker reads, private, in its worktree and as copies in the state folder.
 * @returns the whole prompt, and the text for a session that knows it already
 * @throws PleachError `worktree/odd-file` when one of them is no plain file in the worktree
 */
export function writePrompt(
  repo: Pick<Repo, "stateDir">,
  track: Track,
  parts: Omit<PromptParts, "track" | "handoff"> & {
    readonly isTold: boolean;
    /** When the session was last told to begin or go on: an older handoff is no news to it. */
    readonly toldAt?: EpochMs | undefined;
  },
): { readonly prompt: string; readonly followUp: string; readonly promptFile: string } {
  const { worktree } = track;
  const copies = trackFiles(repo.stateDir, track.name);
  mkdirSync(copies.folder, { recursive: true, mode: 0o700 });
  const handoff = readHandoff(track);
  const prompt = renderPrompt({ ...parts, track, handoff });
  writeInTree(worktree, inWorktree.prompt, prompt, isPrivate);
  writeWhole(copies.prompt, prompt);
  if (handoff !== undefined) writeWhole(copies.handoff, handoff);
  appendInTree(worktree, inWorktree.inbox, "", isPrivate);
  appendInTree(copies.folder, basename(copies.inbox), "");
  const { toldAt } = parts;
  const news = toldAt === undefined || writtenAt(track) > toldAt;
  const followUp = renderFollowUp({ ...parts, handoff: news ? handoff : undefined });
  return { prompt, followUp, promptFile: agentFiles(worktree).prompt };
}

/**
 * Reads the handoff to the next worker on a track; undefined when there is none.
 * @throws PleachError `worktree/odd-file`
 */
export function readHandoff({ worktree }: Pick<Track, "worktree">): string | undefined {
  return readTextInTree(worktree, inWorktree.handoff);
}

function writtenAt({ worktree }: Pick<Track, "worktree">): EpochMs {
  return Number(statInTree(worktree, inWorktree.handoff)?.mtimeMs ?? 0);
}

/**
 * Writes the handoff to the next worker, over a former one.
 * @returns the file
 * @throws PleachError `worktree/none`, `worktree/odd-file`
 */
export function writeHandoff(track: Track, text: string): string {
  requireWorktree(track);
  writeInTree(track.worktree, inWorktree.handoff, `${text.trimEnd()}\n`, isPrivate);
  return agentFiles(track.worktree).handoff;
}
