import { basename, dirname } from "node:path";
import { PleachError } from "../../ground/errors.ts";
import { appendInTree, statInTree } from "../../ground/tree-file.ts";
import type { Track } from "../../track/track.ts";
import { inWorktree, trackFiles } from "../../track/track-files.ts";

/**
 * Appends to a worker's inbox, in its worktree and as a copy in the state folder. An inbox that is
 * no plain file is passed over: the message is stored, and the track's next turn names the fault.
 */
export function appendInbox(
  repo: { readonly stateDir: string },
  track: Pick<Track, "name" | "worktree">,
  text: string,
): void {
  const copy = trackFiles(repo.stateDir, track.name);
  try {
    appendInTree(copy.folder, basename(copy.inbox), text);
    const isThere = statInTree(track.worktree, dirname(inWorktree.inbox)) !== undefined;
    if (isThere) appendInTree(track.worktree, inWorktree.inbox, text);
  } catch (error) {
    if (!(error instanceof PleachError)) throw error;
  }
}
