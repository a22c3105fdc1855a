import { readFileSync, realpathSync, renameSync, statSync, writeFileSync } from "node:fs";
import { declareTouches } from "../backlog/declare.ts";
import { decodeBacklog } from "../backlog/load.ts";
import type { Plan } from "../plan/plan.ts";

/**
 * Writes the predicted footprints into the task file as `touches:`, where none is declared. The
 * file is replaced whole; a link to it stays one.
 * @returns whether there was anything to write
 */
export function writeFootprints(file: string, plan: Plan): boolean {
  const path = realpathSync(file);
  const before = decodeBacklog(readFileSync(path), file);
  const after = declareTouches(
    before,
    new Map(plan.tasks.map((task) => [task.id, task.footprint.map((one) => one.path)])),
  );
  if (after === before) return false;
  writeFileSync(`${path}.pleach`, after, { mode: statSync(path).mode });
  renameSync(`${path}.pleach`, path);
  return true;
}
