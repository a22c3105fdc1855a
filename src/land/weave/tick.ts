import { findTaskText } from "../../backlog/merge/files.ts";
import type { Change } from "../../ground/git/changes.ts";
import { headOf } from "../../ground/git/checkout.ts";
import { parseSha, type Sha } from "../../ground/ids.ts";
import { succeeded } from "../../ground/proc/run.ts";
import { plainLine } from "../../ground/text.ts";
import { readInTree, writeInTree } from "../../ground/tree-file.ts";
import type { TrackTask } from "../../track/track.ts";
import {
  describeGuarded,
  findGuarded,
  type Guarded,
  type GuardedChange,
} from "../guard/guarded.ts";
import {
  type LandingFacts,
  type LandingVerdict,
  membersOf,
  type OwedTick,
} from "../landing/landing.ts";
import { compareRanges, needsHuman, type Site, tasksOf } from "../landing/site.ts";
import { addOwed, notThere, owedBy, tickSurely } from "./owed.ts";
import { commitRefusal } from "./refusal.ts";
import { shorten } from "./squash.ts";

/**
 * Runs the step `tick`: commits the ticks on top (inside, for a squash), which makes the commit
 * that is tested.
 */
export async function commitTicks(site: Site, facts: LandingFacts): Promise<Partial<LandingFacts>> {
  const { onto } = facts;
  if (onto === undefined) throw new Error("it was not verified");
  const squashed = facts.weave === "squash" && site.others.length === 0 && facts.woven !== onto;
  const made = await tickTaskFile(site, onto, squashed);
  if ("verdict" in made) return made;
  const owed = addOwed(site, facts, made.owed);
  const head = await headOf(site.git.at(site.folder));
  const commit = parseSha(head);
  const members = facts.others === undefined ? [] : membersOf(facts);
  const tops = [onto, ...members.flatMap(({ top }) => top ?? [])];
  const ranges = tops.slice(1).map((to, at) => ({ from: tops[at] ?? onto, to }));
  const [whole, ...each] = await compareRanges(site, [{ from: onto, to: commit }, ...ranges]);
  if (whole === undefined) throw new Error(`nothing is said of ${commit}`);
  const { tree, changes } = whole;
  const paths = pathsOf(changes);
  const guarded = await findGuarded(site, onto, changes);
  const [lead, ...others] = members.map((member, at) => ({
    ...member,
    own: pathsOf(each[at]?.changes ?? []),
  }));
  const own = lead === undefined ? {} : { own: lead.own, others };
  const said = { ...owed, ...saidOf(guarded, facts.acceptGate) };
  const found = { commit, tree, paths, ...own, ...said };
  if (guarded.waits.length === 0 || facts.acceptGate) return found;
  return { ...found, verdict: guardedVerdict(site, guarded.waits) };
}

const pathsOf = (changes: readonly Change[]): readonly string[] => changes.map(({ path }) => path);

/**
 * Words the changes of files that decide the gate and are let in, so that the landing's report
 * names them.
 */
function saidOf({ waits, said }: Guarded, acceptGate: boolean): Pick<LandingFacts, "deciding"> {
  const letIn = acceptGate ? [...waits, ...said] : said;
  return letIn.length === 0 ? {} : { deciding: describeGuarded(letIn) };
}

function guardedVerdict({ track }: Site, changes: readonly GuardedChange[]): LandingVerdict {
  return needsHuman("guarded", {
    detail: `${track.name} changes what only a person may let in: ${describeGuarded(changes)}`,
    hint: `look at it with pleach diff ${track.name}, then: pleach land --accept-gate ${track.name}`,
    paths: [...new Set(changes.map(({ path }) => path))],
  });
}

/** The result of ticking: the ticks that were not made, or why their commit could not be made. */
type Made = { readonly owed: readonly OwedTick[] } | { readonly verdict: LandingVerdict };

async function tickTaskFile(site: Site, onto: Sha, amend: boolean): Promise<Made> {
  const { track, others, folder, config, git } = site;
  const tasks = tasksOf(site);
  if (tasks.length === 0) return { owed: [] };
  const file = readInTree(folder, config.tasks);
  if (file.kind === "odd") {
    const why = `is ${file.what}: name the file itself in pleach.toml (tasks)`;
    return { owed: owedBy(site, tasks, why) };
  }
  if (file.kind === "none") {
    const isGone = await hadTasks(site, onto);
    return { owed: isGone ? owedBy(site, tasks, "is not there any more") : [] };
  }
  const text = findTaskText(file.bytes, config.tasks);
  if (text === undefined) return { owed: owedBy(site, tasks, "is no UTF-8 text") };
  const ticked = await tickSurely(site, text);
  const owed = owedBy(site, ticked.owed, notThere);
  if (ticked.text === text) return { owed };
  writeInTree(folder, config.tasks, ticked.text);
  const names = [track, ...others].map(({ name }) => name);
  const message = amend ? ["--amend", "--no-edit"] : ["-m", tickMessage(ticked.tasks, ...names)];
  const result = await git
    .at(folder)
    .run([
      ...["--literal-pathspecs", "commit", "--quiet", "--no-verify"],
      ...[...message, "--", config.tasks],
    ]);
  // The task file is an untracked copy for the gate: the original is ticked where it lies, after
  // the landing.
  const untracked = result.stderr.includes("did not match any file");
  if (untracked) return { owed: [] };
  return succeeded(result) ? { owed } : { verdict: await commitRefusal(site, result) };
}

/** Whether the target has a task file that the landing does not bring along. */
async function hadTasks({ git, config }: Site, onto: Sha): Promise<boolean> {
  return (await git.fields(["ls-tree", "-z", onto, "--", config.tasks])).length > 0;
}

/**
 * Composes `Tick T3, T4`, with each track as trailer; a task without an id of its own is named by
 * its text.
 */
export function tickMessage(tasks: readonly TrackTask[], ...tracks: readonly string[]): string {
  const names = tasks.map((task) =>
    task.explicitId ? plainLine(task.id) : `"${shorten(plainLine(task.text))}"`,
  );
  const subject = `Tick ${names.join(", ")}`;
  const lines =
    subject.length <= 72
      ? [subject]
      : [`Tick ${tasks.length} tasks`, "", ...names.map((name) => `* ${name}`)];
  const trailers = tracks.map((track) => `Pleach-Track: ${track}\n`).join("");
  return `${lines.join("\n")}\n\n${trailers}`;
}
