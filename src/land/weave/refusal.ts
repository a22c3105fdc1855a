import { statfsSync } from "node:fs";
import { describeEnding, type RunResult } from "../../ground/proc/run.ts";
import { plainLine } from "../../ground/text.ts";
import type { LandingVerdict } from "../landing/landing.ts";
import { endMarked, refused, type Site } from "../landing/site.ts";

/** Words the reason why git would not make a commit. */
export async function commitRefusal(site: Site, result: RunResult): Promise<LandingVerdict> {
  const { ground, id, git, track } = site;
  const lines = result.stderr.toString().split("\n");
  const said = plainLine(lines.filter((line) => !line.startsWith("hint:")).join(" ")).slice(0, 300);
  if (result.ending.kind === "timed-out") await endMarked(ground, id);
  // Git does not always say that the disk is full.
  if (isFull(site.folder)) {
    return refused("disk", {
      detail: `there is no room left on the disk of ${site.folder}: ${said}`,
      hint: `make room there, then: pleach land ${track.name}`,
    });
  }
  const signs = (await git.run(["config", "--type=bool", "--get", "commit.gpgSign"])).stdout;
  const timedOut = result.ending.kind === "timed-out";
  if (signs.toString().trim() === "true" && (timedOut || /sign|gpg|write commit/i.test(said))) {
    const verdict = refused("signing", {
      detail: `commits have to be signed here, and that did not work without a prompt: ${said}`,
      hint: `unlock the key (git commit --allow-empty -S -m test, in a scratch clone), then pleach land ${track.name}`,
    });
    return { ...verdict, human: "signing" };
  }
  return refused("git", {
    detail: `git would not put ${track.name} onto ${track.target} (${describeEnding(result.ending)}): ${said}`,
    hint: `try it by hand: git -C '${track.worktree}' rebase ${track.target}`,
  });
}

/** The least free space to work in, in bytes: with less than 1 MiB the disk counts as full. */
const leastRoom = 1024 * 1024;

function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < leastRoom;
  } catch {
    // When the space cannot be measured, git's own words have to do.
    return false;
  }
}
