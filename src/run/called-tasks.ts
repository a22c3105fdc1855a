import { join } from "node:path";
import type { Task } from "../backlog/parse.ts";
import type { Config } from "../ground/config/config.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { TaskId } from "../ground/ids.ts";
import { nearest } from "../ground/text.ts";
import { plan } from "../plan/plan.ts";
import type { PlanInput } from "../plan/prepare.ts";
import { findMeantTasks } from "./named.ts";
import { loadPlanFacts } from "./plan/plan-input.ts";

/**
 * Finds the tasks of the backlog by references: an id, its beginning, a line, or a track of the
 * plan.
 * @throws PleachError `task/none`, `task/several` (usage)
 */
export async function requireTasksCalled(
  ground: Ground,
  config: Config,
  references: readonly string[],
  backlog = join(ground.repo.top, config.tasks),
): Promise<readonly Task[]> {
  if (references.length === 0) return [];
  const { workers } = config;
  const { input, tasks } = await loadPlanFacts(ground, config, { backlog, workers });
  const ids = new Set(references.flatMap((reference) => requireIdsCalled(input, reference)));
  return [...ids].flatMap((id) => tasks.find((task) => task.id === id) ?? []);
}

/**
 * Finds the tasks of a reference in a plan's input. @throws PleachError `task/none`, `task/several`
 * (usage)
 */
export function requireIdsCalled(input: PlanInput, reference: string): readonly TaskId[] {
  const { tasks } = input;
  const found = findMeantTasks(reference, tasks, () => plan(input).tracks);
  if (found.kind === "tasks") return found.ids;
  const named = JSON.stringify(reference.slice(0, 60));
  if (found.kind === "several") {
    const shown = found.candidates.slice(0, 6).join(", ");
    throw new PleachError({
      code: "task/several",
      message: `${named} may be ${shown}${found.candidates.length > 6 ? ", …" : ""}`,
      hint: "write more of the one you mean; pleach plan lists them",
      exitCode: ExitCode.usage,
    });
  }
  const meant = nearest(
    reference,
    tasks.map(({ id }) => id),
  );
  throw new PleachError({
    code: "task/none",
    message: `the backlog has no task ${named}`,
    hint: meant === undefined ? "pleach plan lists them" : `did you mean ${meant}?`,
    exitCode: ExitCode.usage,
  });
}
