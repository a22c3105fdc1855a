import { chmod, lstat, mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import type { EpochMs } from "../ground/clock.ts";
import type { Repo } from "../ground/git/repo.ts";
import { type PromptParts, renderFollowUp, renderPrompt } from "./prompt.ts";
import { requireWorktree } from "./require-worktree.ts";
import type { Track } from "./track.ts";
import { agentFiles, trackFiles } from "./track-files.ts";

/**
 * Writes the files a worker reads, private, in its worktree and as copies in the state folder.
 * @returns the whole prompt, and what to say to a session that knows it already
 */
export async function writePrompt(
  repo: Pick<Repo, "stateDir">,
  track: Track,
  parts: Omit<PromptParts, "track" | "handoff"> & {
    readonly isTold: boolean;
    /** When the session was last told to begin or go on: an older handoff is no news to it. */
    readonly toldAt?: EpochMs | undefined;
  },
): Promise<{ readonly prompt: string; readonly followUp: string; readonly promptFile: string }> {
  const inside = agentFiles(track.worktree);
  const copies = trackFiles(repo.stateDir, track.name);
  await privateFolder(inside.folder);
  await privateFolder(copies.folder);
  const handoff = await readHandoff(track);
  const prompt = renderPrompt({ ...parts, track, handoff });
  await writePrivate(inside.prompt, prompt);
  await writePrivate(copies.prompt, prompt);
  if (handoff !== undefined) await writePrivate(copies.handoff, handoff);
  for (const inbox of [inside.inbox, copies.inbox]) {
    await writeFile(inbox, "", { flag: "a", mode: 0o600 });
  }
  const { toldAt } = parts;
  const news = toldAt === undefined || (await writtenAt(inside.handoff)) > toldAt;
  const followUp = renderFollowUp({ ...parts, handoff: news ? handoff : undefined });
  return { prompt, followUp, promptFile: inside.prompt };
}

/** What the next worker on a track must know; undefined when nobody has left a word. */
export async function readHandoff(track: Pick<Track, "worktree">): Promise<string | undefined> {
  try {
    return await readFile(agentFiles(track.worktree).handoff, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function writtenAt(file: string): Promise<EpochMs> {
  const stats = await stat(file).catch(() => undefined);
  return stats?.mtimeMs ?? 0;
}

/**
 * Writes what the next worker must know; the last word counts.
 * @returns the file
 * @throws PleachError `worktree/none`
 */
export async function writeHandoff(track: Track, text: string): Promise<string> {
  requireWorktree(track);
  const { folder, handoff } = agentFiles(track.worktree);
  await privateFolder(folder);
  await writePrivate(`${handoff}.new`, `${text.trimEnd()}\n`);
  await rename(`${handoff}.new`, handoff);
  return handoff;
}

async function privateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // A repository may track a link of this name; through it we would write anywhere.
  if ((await lstat(folder)).isSymbolicLink()) throw new Error(`${folder} is a symbolic link`);
  await chmod(folder, 0o700);
}

async function writePrivate(file: string, content: string): Promise<void> {
  await writeFile(file, content, { mode: 0o600 });
  await chmod(file, 0o600);
}
