import { readFileSync, statSync, watch } from "node:fs";
import { join } from "node:path";
import type { Git } from "../../ground/git/git.ts";
import { branchRef, findCommit, isAncestor } from "../../ground/git/refs.ts";
import type { Ground } from "../../ground/ground.ts";
import { parseSha, type Sha } from "../../ground/ids.ts";
import type { Track } from "../../track/track.ts";
import { allTracks } from "../../track/track-store.ts";
import {
  branchIn,
  judgeStash,
  parseStashLog,
  type Stash,
  type StashEntry,
  type StashedPath,
  type StashFinding,
} from "./stash.ts";

type StashGround = Pick<Ground, "git" | "repo" | "store">;

/** The refs that keep every stash made on a track's branch, even one taken out of the list. */
const heldPrefix = "refs/pleach/stash/";

/** Lists the stashes from git's log of them; reads files alone, so it may be called at any time. */
function stashList({ repo }: Pick<Ground, "repo">): readonly StashEntry[] {
  const log = join(repo.commonDir, "logs/refs/stash");
  const isThere = statSync(log, { throwIfNoEntry: false })?.isFile() === true;
  return isThere ? parseStashLog(readFileSync(log, "utf8")) : [];
}

/** Gives each stash of a track a ref of ours, by which it is found again after being popped. */
async function holdStashes(ground: StashGround, seen: readonly StashEntry[]): Promise<void> {
  const branches = new Set<string>(allTracks(ground.store).map(({ branch }) => branch));
  const own = seen.filter(({ branch }) => branch !== undefined && branches.has(branch));
  if (own.length === 0) return;
  const input = own.map(({ commit }) => `update ${heldPrefix}${commit} ${commit}\n`).join("");
  await ground.git.at(ground.repo.mainTop).text(["update-ref", "--stdin"], { input });
}

/**
 * Keeps stashes as they are made, as long as a worker is at work: another worktree may pop a stash
 * in the next moment. Where the folder cannot be watched, the look at a turn's end keeps the rest.
 */
export function watchStashes(ground: StashGround): { readonly stop: () => Promise<void> } {
  const known = new Set<Sha>();
  let turn: Promise<void> = Promise.resolve();
  const look = (): void => {
    const fresh = stashList(ground).filter(({ commit }) => !known.has(commit));
    for (const { commit } of fresh) known.add(commit);
    if (fresh.length === 0) return;
    // A stash that is gone by now cannot be kept; the look at the end tries the others again.
    turn = turn.then(async () => await holdStashes(ground, fresh)).catch(() => undefined);
  };
  const watchers = ["logs/refs", "refs"].flatMap((folder) => {
    try {
      const path = join(ground.repo.commonDir, folder);
      const heard = (_: unknown, name: string | null): void => {
        if (name === null || name.startsWith("stash")) look();
      };
      return [watch(path, { persistent: false }, heard).on("error", () => undefined)];
    } catch {
      return [];
    }
  });
  look();
  return {
    stop: async () => {
      for (const watcher of watchers) watcher.close();
      await turn;
    },
  };
}

/**
 * Finds a track's work that lies in stashes, and others' stashed work that lies in its commits.
 * @throws PleachError `git/failed` when git cannot tell
 */
export async function findStashed(
  ground: StashGround,
  track: Pick<Track, "branch" | "base">,
): Promise<readonly StashFinding[]> {
  const git = ground.git.at(ground.repo.mainTop);
  const list = stashList(ground);
  await holdStashes(ground, list);
  const format = "--format=%(objectname) %(subject)";
  const held = await git.text(["for-each-ref", format, heldPrefix]);
  const tip = await findCommit(git, branchRef(track.branch));
  if (held === "" || tip === undefined) return [];
  const places = new Map(list.toReversed().map(({ commit }, place) => [commit, place]));
  const findings: StashFinding[] = [];
  for (const line of held.split("\n")) {
    const commit = parseSha(line.slice(0, line.indexOf(" ")));
    const branch = branchIn(line.slice(line.indexOf(" ") + 1));
    if (branch === undefined) continue;
    // A former track may have had the same name.
    const isOld = branch === track.branch && !(await isAncestor(git, track.base, commit));
    if (isOld) continue;
    const paths = await pathsOf(git, commit, { tip, base: track.base });
    const stash: Stash = { commit, branch, place: places.get(commit) ?? null, paths };
    const finding = judgeStash(track.branch, stash);
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

/** Lists the paths that a stash changes, with the files that were not tracked. */
async function pathsOf(
  git: Git,
  stash: Sha,
  { tip, base }: { readonly tip: Sha; readonly base: Sha },
): Promise<readonly StashedPath[]> {
  const raw = await git.fields([
    "diff-tree",
    "-r",
    "-z",
    "--raw",
    "--no-renames",
    `${stash}^1`,
    stash,
  ]);
  const changed: { path: string; before: string | null; stashed: string | null }[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [, , before = "", stashed = ""] = (raw[at] ?? "").split(" ");
    changed.push({ path: raw[at + 1] ?? "", before: objectOf(before), stashed: objectOf(stashed) });
  }
  const untracked = await findCommit(git, `${stash}^3`);
  const others =
    untracked === undefined ? new Map<string, string>() : await blobsOf(git, untracked);
  for (const [path, stashed] of others) changed.push({ path, before: null, stashed });
  const names = changed.map(({ path }) => path);
  const [atTip, atBase] = await Promise.all([blobsOf(git, tip, names), blobsOf(git, base, names)]);
  return changed.map((one) => ({
    ...one,
    tip: atTip.get(one.path) ?? null,
    base: atBase.get(one.path) ?? null,
  }));
}

const objectOf = (oid: string): string | null => (/^0+$/.test(oid) ? null : oid);

/** Maps each path of a commit, or the given paths, to its object. */
async function blobsOf(
  git: Git,
  commit: Sha,
  paths: readonly string[] = [],
): Promise<ReadonlyMap<string, string>> {
  const list = ["--literal-pathspecs", "ls-tree", "-r", "-z", commit];
  const fields = await git.fields(
    paths.length === 0 ? list : [...list, "--", ...paths.slice(0, 500)],
  );
  return new Map(
    fields.map((field) => {
      const tab = field.indexOf("\t");
      return [field.slice(tab + 1), field.slice(0, tab).split(" ")[2] ?? ""];
    }),
  );
}
