import { constants } from "node:fs";
import { lstat, open } from "node:fs/promises";
import { isGone } from "../ground/proc/identity.ts";
import type { Track } from "./track.ts";
import { agentFiles, trackFiles } from "./track-files.ts";

/**
 * Appends to what a worker finds in its inbox, in its worktree and as a copy in the state folder.
 * What is no plain file is passed by: through a link an agent could have us write anywhere.
 */
export async function appendInbox(
  repo: { readonly stateDir: string },
  track: Pick<Track, "name" | "worktree">,
  text: string,
): Promise<void> {
  const inside = agentFiles(track.worktree);
  const copy = trackFiles(repo.stateDir, track.name);
  for (const { folder, inbox } of [inside, copy]) {
    const [place, there] = [await kindOf(folder), await kindOf(inbox)];
    if (place === "folder" && (there === "file" || there === "nothing")) await append(inbox, text);
  }
}

async function kindOf(path: string): Promise<"folder" | "file" | "nothing" | "other"> {
  try {
    const stat = await lstat(path);
    if (stat.isDirectory()) return "folder";
    return stat.isFile() ? "file" : "other";
  } catch (error) {
    if (isGone(error)) return "nothing";
    throw error;
  }
}

async function append(file: string, text: string): Promise<void> {
  // Not followed and not waited for, should it have become a link or a pipe since it was looked at.
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const handle = await open(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}
