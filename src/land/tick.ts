import type { Change } from "../ground/git/changes.ts";
import { headOf } from "../ground/git/checkout.ts";
import { parseSha } from "../ground/ids.ts";
import { succeeded } from "../ground/proc/run.ts";
import { plainLine } from "../ground/text.ts";
import { readInTree, writeInTree } from "../ground/tree-file.ts";
import type { TrackTask } from "../grow/track.ts";
import { describeGuarded, findGuarded, type Guarded, type GuardedChange } from "./guard/guarded.ts";
import { type LandingFacts, membersOf, type Verdict } from "./landing.ts";
import { refusalOf } from "./refusal.ts";
import { compare, needsHuman, type Site, tasksOf } from "./site.ts";
import { shorten } from "./squash.ts";
import { findTaskText, tickTasks } from "./tasks.ts";

/** Step 3: the ticks on top (inside, where it is a squash), and with them the commit that is tested. */
export async function commitTicks(site: Site, facts: LandingFacts): Promise<Partial<LandingFacts>> {
  const { onto } = facts;
  if (onto === undefined) throw new Error("it was not verified");
  const squashed = facts.weave === "squash" && site.others.length === 0 && facts.woven !== onto;
  const failed = await tickTaskFile(site, squashed);
  if (failed !== undefined) return { verdict: failed };
  const head = await headOf(site.git.at(site.folder));
  const commit = parseSha(head);
  const members = facts.others === undefined ? [] : membersOf(facts);
  const tops = [onto, ...members.flatMap(({ top }) => top ?? [])];
  const ranges = tops.slice(1).map((to, at) => ({ from: tops[at] ?? onto, to }));
  const [whole, ...each] = await compare(site, [{ from: onto, to: commit }, ...ranges]);
  if (whole === undefined) throw new Error(`nothing is said of ${commit}`);
  const { tree, changes } = whole;
  const paths = pathsOf(changes);
  const guarded = await findGuarded(site, onto, changes);
  const [lead, ...others] = members.map((member, at) => ({
    ...member,
    own: pathsOf(each[at]?.changes ?? []),
  }));
  const own = lead === undefined ? {} : { own: lead.own, others };
  const found = { commit, tree, paths, ...own, ...saidOf(guarded, facts.acceptGate) };
  if (guarded.waits.length === 0 || facts.acceptGate) return found;
  return { ...found, verdict: guardedVerdict(site, guarded.waits) };
}

const pathsOf = (changes: readonly Change[]): readonly string[] => changes.map(({ path }) => path);

/** Keeps what is let in of all that decides the gate, so that the landing says so. */
function saidOf({ waits, said }: Guarded, acceptGate: boolean): Pick<LandingFacts, "deciding"> {
  const letIn = acceptGate ? [...waits, ...said] : said;
  return letIn.length === 0 ? {} : { deciding: describeGuarded(letIn) };
}

function guardedVerdict({ track }: Site, changes: readonly GuardedChange[]): Verdict {
  return needsHuman("guarded", {
    detail: `${track.name} changes what only a person may let in: ${describeGuarded(changes)}`,
    hint: `look at it with pleach diff ${track.name}, then: pleach land --accept-gate ${track.name}`,
    paths: [...new Set(changes.map(({ path }) => path))],
  });
}

/** @returns why the commit could not be made */
async function tickTaskFile(site: Site, amend: boolean): Promise<Verdict | undefined> {
  const { track, others, folder, config, git } = site;
  const tasks = tasksOf(site);
  const file = readInTree(folder, config.tasks);
  if (tasks.length === 0 || file.kind !== "file") return undefined;
  const text = findTaskText(file.bytes, config.tasks);
  const ticked = text === undefined ? undefined : tickTasks(text, tasks);
  if (ticked === undefined || ticked.text === text) return undefined;
  writeInTree(folder, config.tasks, ticked.text);
  const names = [track, ...others].map(({ name }) => name);
  const message = amend ? ["--amend", "--no-edit"] : ["-m", tickMessage(ticked.tasks, ...names)];
  const result = await git
    .at(folder)
    .run([
      ...["--literal-pathspecs", "commit", "--quiet", "--no-verify"],
      ...[...message, "--", config.tasks],
    ]);
  // A copy for the gate that git does not track: ticked where it lies, when it has landed.
  const untracked = result.stderr.includes("did not match any file");
  return succeeded(result) || untracked ? undefined : await refusalOf(site, result);
}

/** `Tick T3, T4`, with each track as trailer; a task without an id of its own is named by its text. */
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
