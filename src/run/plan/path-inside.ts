import { realpathSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { ExitCode, PleachError } from "../../ground/errors.ts";
import type { Ground } from "../../ground/ground.ts";
import { findStats } from "../../ground/stats.ts";

/**
 * Converts a path from the folder where the command runs to one from the top of the repository; the
 * top itself is the empty path.
 * @throws PleachError `path/outside` (usage)
 */
export function pathInside({ invocation, repo }: Ground, path: string): string {
  const found = relative(repo.top, realOf(resolve(invocation.folder, path)));
  if (found !== ".." && !found.startsWith("../")) return found;
  throw new PleachError({
    code: "path/outside",
    message: `${path} is not a path inside ${repo.top}`,
    hint: "name a file or a folder of the repository, as seen from here",
    exitCode: ExitCode.usage,
  });
}

/** Resolves the links on the way to a path; the path itself may not be there at all. */
function realOf(path: string): string {
  const folder = dirname(path);
  if (folder === path) return path;
  const real = findStats(folder) === undefined ? realOf(folder) : realpathSync(folder);
  return join(real, relative(folder, path));
}
