import { gitFailed } from "../../ground/git/git.ts";
import { parseSha, type Sha } from "../../ground/ids.ts";
import { succeeded } from "../../ground/proc/run.ts";
import type { Site } from "../landing/site.ts";
import { formatRaw, inFirstWords, originsOf, parseRawCommits, type RawCommit } from "./words.ts";

/** Commits that were made anew on top of others. */
export interface Remade {
  /** The original commits, oldest first, as arguments of `git log`. */
  readonly from: { readonly args: readonly string[]; readonly input?: string };
  /**
   * Lists the new commits, oldest first; fewer when git left some out. Only asked when it matters.
   */
  readonly made: () => Promise<readonly Sha[]>;
}

/**
 * Gives commits that git has made anew the author and the message of their originals, to the byte:
 * git strips blank lines at the beginning, and re-encodes text in Latin-1. HEAD of the landing's
 * own worktree follows.
 * @returns the new name of each commit that had to be written once more
 */
export async function keepWords(site: Site, remade: Remade): Promise<ReadonlyMap<string, Sha>> {
  const now = new Map<string, Sha>();
  const from = await findOdd(site, remade.from);
  if (from.length === 0) return now;
  const made = await readRaw(site, await remade.made());
  const origins = originsOf(made, await readRaw(site, from));
  for (const [at, commit] of made.entries()) {
    const kept = inFirstWords(commit, origins[at]);
    const parents = commit.parents.map((parent) => now.get(parent) ?? parent);
    const isMoved = parents.some((parent, index) => parent !== commit.parents[index]);
    // A signature would not hold on another parent.
    if (isMoved && commit.signed) return new Map();
    if (kept === undefined && !isMoved) continue;
    now.set(commit.sha, await write(site, { ...(kept ?? commit), parents }));
  }
  const last = now.get(made.at(-1)?.sha ?? "");
  if (last !== undefined) {
    const reason = "pleach: messages as they were";
    await site.git.at(site.folder).text(["update-ref", "--no-deref", "-m", reason, "HEAD", last]);
  }
  return now;
}

/**
 * Returns all of the commits when one has an encoding or message that git would not copy; else
 * none.
 */
async function findOdd({ git }: Site, { args, input }: Remade["from"]): Promise<readonly Sha[]> {
  const log = ["log", "--format=tformat:%H%x00%e%x00%B%x00", ...args];
  const fields = await git.fields(log, input === undefined ? {} : { input });
  const shas: Sha[] = [];
  let odd = false;
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [sha = "", encoding, message = ""] = fields.slice(at, at + 3);
    shas.push(parseSha(sha.trim()));
    odd ||= encoding !== "" || /^\s*\n/.test(message) || message.includes("\ufffd");
  }
  return odd ? shas : [];
}

async function readRaw({ git }: Site, commits: readonly Sha[]): Promise<readonly RawCommit[]> {
  const args = ["cat-file", "--batch"];
  const result = await git.run(args, { input: commits.map((commit) => `${commit}\n`).join("") });
  if (!succeeded(result)) throw gitFailed(git.cwd, args, result);
  return parseRawCommits(result.stdout.toString("latin1"));
}

async function write({ git }: Site, commit: RawCommit): Promise<Sha> {
  const input = Buffer.from(formatRaw(commit), "latin1");
  return parseSha(await git.text(["hash-object", "-t", "commit", "-w", "--stdin"], { input }));
}
