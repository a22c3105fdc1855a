import { join } from "node:path";
import type { TrackName } from "../ground/ids.ts";

/** The plain files a track has in the state folder, made for `tail -f`. */
export interface TrackFiles {
  readonly folder: string;
  readonly output: string;
  readonly transcript: string;
  /** Every byte of a terminal, as it came. */
  readonly terminal: string;
  readonly setupLog: string;
  readonly supervisorLog: string;
  /**
   * The file to which agents' hooks append one line of JSON each; the supervisor is the only
   * reader.
   */
  readonly signals: string;
  /**
   * A file that is there while something is typed into the terminal: hooks before a tool wait for
   * its end.
   */
  readonly typing: string;
  /** The messages that wait for a hook to hand them over. */
  readonly post: string;
  readonly prompt: string;
  readonly handoff: string;
  readonly inbox: string;
  /** The changes of the other tracks, a path a line with their names. */
  readonly foreignPaths: string;
}

export function trackFiles(stateDir: string, name: TrackName): TrackFiles {
  const folder = join(stateDir, "tracks", name);
  return {
    folder,
    output: join(folder, "output.log"),
    transcript: join(folder, "transcript.jsonl"),
    terminal: join(folder, "terminal.raw"),
    setupLog: join(folder, "setup.log"),
    supervisorLog: join(folder, "supervisor.log"),
    signals: join(folder, "signals.ndjson"),
    typing: join(folder, "typing"),
    post: join(folder, "post"),
    prompt: join(folder, "prompt.md"),
    handoff: join(folder, "HANDOFF.md"),
    inbox: join(folder, "inbox.md"),
    foreignPaths: join(folder, "foreign.paths"),
  };
}

/**
 * The places of the files in the worktree; opened by `ground/tree-file.ts` only, as agents may put
 * anything there.
 */
export const inWorktree = {
  prompt: ".pleach/prompt.md",
  handoff: ".pleach/HANDOFF.md",
  inbox: ".pleach/inbox.md",
} as const;

/** Returns the files that the agent may read without asking: inside its worktree, unseen by git. */
export function agentFiles(worktree: string) {
  return {
    prompt: join(worktree, inWorktree.prompt),
    handoff: join(worktree, inWorktree.handoff),
    inbox: join(worktree, inWorktree.inbox),
  };
}
