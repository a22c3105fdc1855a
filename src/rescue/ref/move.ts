import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ExitCode, messageOf, PleachError } from "../../ground/errors.ts";

/** The folders that move when a worktree is put away; `null` for one that is not there. */
interface Moves {
  readonly worktree: string;
  readonly folder: string | null;
  readonly admin: string | null;
  readonly aside: string | null;
}

/** Renames the worktree into `.dropped`. @throws PleachError `drop/other-device` */
export async function moveFolder({ worktree, folder }: Moves): Promise<void> {
  if (folder === null || existsSync(folder)) return;
  const dropped = dirname(folder);
  mkdirSync(dropped, { recursive: true });
  if (!lstatSync(dropped).isDirectory()) throw otherDevice(worktree, `${dropped} is no folder`);
  try {
    await rename(worktree, folder);
  } catch (error) {
    const isCrossing = error instanceof Error && "code" in error && error.code === "EXDEV";
    if (!isCrossing) throw error;
    throw otherDevice(worktree, `${dropped} is on another file system`, error);
  }
}

function otherDevice(worktree: string, why: string, cause?: unknown): PleachError {
  return new PleachError({
    code: "drop/other-device",
    message: `${worktree} cannot be moved aside whole: ${why}`,
    hint: "set worktrees.root in pleach.toml to a folder on the same file system as the worktree",
    exitCode: ExitCode.failed,
    cause,
  });
}

/**
 * Moves the registration of a worktree aside: only this one, with its index and reflog, to be put
 * back by `restore`. (`git worktree prune` would remove those of others too.)
 */
export function moveRegistration({ worktree, admin, aside }: Moves): void {
  if (admin === null || aside === null || existsSync(aside) || !existsSync(admin)) return;
  const registered = readFileSync(join(admin, "gitdir"), "utf8").trimEnd();
  if (registered !== join(worktree, ".git") && existsSync(registered)) {
    throw new Error(`${admin} belongs to ${registered} by now`);
  }
  mkdirSync(dirname(aside), { recursive: true, mode: 0o700 });
  try {
    renameSync(admin, aside);
  } catch (error) {
    throw new Error(`${admin} could not be moved aside: ${messageOf(error)}`, { cause: error });
  }
}
