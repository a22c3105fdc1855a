import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Choice, ReplayTask } from "./choose.ts";
import { type ReplayGit, treeWith } from "./git.ts";
import type { Ran } from "./run.ts";
import { formatBacklog, type Scene } from "./scene.ts";

/** A condition that has to hold after a replay. */
export interface Check {
  readonly what: string;
  readonly holds: boolean;
  readonly found: string;
}

/** The outcome of one task's track. */
export interface Fate {
  readonly task: ReplayTask;
  readonly track: string | undefined;
  /** The commit its track was cut from. */
  readonly base: string | undefined;
  readonly landed: string | undefined;
  /** The reasons why the track was handed back, in order. */
  readonly handedBack: readonly string[];
}

export function fatesOf({ tasks }: Choice, { events }: Ran): readonly Fate[] {
  return tasks.map((task) => {
    const seed = events
      .flatMap(({ type, seed }) => (type === "track.planned" && seed !== undefined ? [seed] : []))
      .find(({ tasks }) => tasks.some(({ id }) => id === task.id));
    const own = events.filter(({ track }) => seed !== undefined && track === seed.name);
    return {
      task,
      track: seed?.name,
      base: seed?.base,
      landed: own.find(({ type }) => type === "landing.landed")?.commit,
      handedBack: own.flatMap(({ type, kind }) =>
        type === "track.handed-back" && kind !== undefined ? [kind] : [],
      ),
    };
  });
}

/** Holds a run against its expected results. */
export function judge(
  { git, scratch }: Scene,
  { choice, start, ran }: { readonly choice: Choice; readonly start: string; readonly ran: Ran },
): readonly Check[] {
  const fates = fatesOf(choice, ran);
  const landed = fates.filter(({ landed }) => landed !== undefined);
  const backs = (kind: string) => fates.filter(({ handedBack }) => handedBack.includes(kind));
  const expected = expectedTree(git, scratch, { choice, start });
  const differing = git.fields("diff", "--name-only", "-z", expected, "main");
  const merges = git.text("rev-list", "--count", "--merges", `${start}..main`);
  const dirt = git.text("status", "--porcelain");
  const shared = sharingFates(fates);
  const blind = shared.filter((pair) => !isOneAfterTheOther(git, pair));
  const begun = ran.events.filter(({ type }) => type === "worker.created").length;
  const ended = ran.events.filter(({ type }) => type === "worker.ended").length;
  const names = (list: readonly Fate[]): string => list.map(({ task }) => task.id).join(", ");
  return [
    check("the run ended with 0", ran.exitCode === 0, `${ran.exitCode}`),
    check(
      "every task landed",
      landed.length === fates.length,
      `${landed.length} of ${fates.length}`,
    ),
    check("a gate went red", backs("red").length > 0, names(backs("red"))),
    // A kill between the two starts lets the second track begin where the first has landed.
    ...(ran.kills > 0
      ? []
      : [
          check(
            "a conflict was handed back",
            backs("conflict").length > 0,
            names(backs("conflict")),
          ),
        ]),
    check("tasks share a hard path", shared.length > 0, `${shared.length} pairs`),
    check(
      "of such a pair the later one started from the earlier one's work",
      blind.length === 0,
      blind.map(([one, other]) => `${one.task.id} and ${other.task.id}`).join("; "),
    ),
    check("the history is one line", merges === "0", `${merges} merges`),
    check("the tree is the expected one", differing.length === 0, differing.join(", ")),
    check("the checkout is clean", dirt === "", dirt),
    check("every worker ended", begun === ended, `${begun} begun, ${ended} ended`),
  ];
}

const check = (what: string, holds: boolean, found: string): Check => ({ what, holds, found });

type FatePair = readonly [Fate, Fate];

/** Lists the pairs that declared the same path. */
function sharingFates(fates: readonly Fate[]): readonly FatePair[] {
  const declared = fates.filter(({ task }) => task.declared);
  return declared.flatMap((one, index) =>
    declared
      .slice(index + 1)
      .filter((other) => other.task.paths.some((path) => one.task.paths.includes(path)))
      .map((other): FatePair => [one, other]),
  );
}

/** Whether both were worked on as one track, or the base of one has the other's landing. */
function isOneAfterTheOther(git: ReplayGit, [one, other]: FatePair): boolean {
  const has = (base: string | undefined, commit: string | undefined): boolean =>
    base !== undefined &&
    commit !== undefined &&
    git.find("merge-base", "--is-ancestor", commit, base) !== undefined;
  return one.track === other.track || has(one.base, other.landed) || has(other.base, one.landed);
}

/**
 * Builds the tree of all commits applied one after the other, with the configuration, and every box
 * ticked.
 */
function expectedTree(
  git: ReplayGit,
  scratch: string,
  { choice, start }: { readonly choice: Choice; readonly start: string },
): string {
  const file = join(scratch, "TASKS.md");
  writeFileSync(file, formatBacklog(choice.tasks, true));
  return treeWith(git, choice.finalTree, {
    "TASKS.md": git.text("hash-object", "-w", file),
    "pleach.toml": git.text("rev-parse", `${start}:pleach.toml`),
  });
}
