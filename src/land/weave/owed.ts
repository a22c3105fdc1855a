import { findTaskText } from "../../backlog/merge/files.ts";
import { succeeded } from "../../ground/proc/run.ts";
import { plainLine } from "../../ground/text.ts";
import type { TrackTask } from "../../track/track.ts";
import type { LandingFacts, OwedTick } from "../landing/landing.ts";
import type { Site } from "../landing/site.ts";
import { shorten } from "./squash.ts";
import { type Ticked, tickTasks } from "./task-text.ts";

/** The reason for an owed tick when the file itself could be read. */
export const notThere = "has no line that is this task for certain";

/** Adds ticks to those owed already, and tells people at once. */
export function addOwed(
  { progress }: Site,
  facts: LandingFacts,
  more: readonly OwedTick[],
): Pick<LandingFacts, "owed"> {
  const known = facts.owed ?? [];
  const fresh = more.filter(({ id }) => !known.some((one) => one.id === id));
  for (const { detail } of fresh) progress({ kind: "note", text: detail });
  return fresh.length === 0 ? {} : { owed: [...known, ...fresh] };
}

/** Builds the ticks that could not be made, each with the track that did the work. */
export function owedBy(
  { track, others, config }: Site,
  tasks: readonly TrackTask[],
  why: string,
): readonly OwedTick[] {
  return [track, ...others].flatMap(({ name, tasks: own }) =>
    own
      .filter((task) => tasks.includes(task))
      .map((task) => ({
        track: name,
        id: task.id,
        detail: `${nameOf(task)} could not be ticked: ${plainLine(config.tasks)} ${why}`,
      })),
  );
}

const nameOf = ({ id, text, explicitId }: TrackTask): string =>
  explicitId ? `${id} "${shorten(plainLine(text))}"` : `"${shorten(plainLine(text))}"`;

/** Ticks tasks by id, and tasks whose id is gone by the task file that their track was cut from. */
export async function tickSurely(site: Site, text: string): Promise<Ticked> {
  const { track, others, git, config } = site;
  const tasks = [track, ...others].flatMap((one) => one.tasks);
  const byId = tickTasks(text, tasks, () => undefined);
  if (byId.owed.length === 0) return byId;
  const bases = new Map<TrackTask, string | undefined>();
  for (const one of [track, ...others]) {
    const missing = one.tasks.filter((task) => byId.owed.includes(task));
    if (missing.length === 0) continue;
    const read = await git.run(["cat-file", "blob", `${one.base}:${config.tasks}`]);
    // A track planned from a file outside the repository has no base: then only an id identifies
    // its tasks.
    const base = succeeded(read) ? findTaskText(read.stdout, config.tasks) : undefined;
    for (const task of missing) bases.set(task, base);
  }
  return tickTasks(text, tasks, (task) => bases.get(task));
}
