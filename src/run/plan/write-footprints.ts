import { realpathSync } from "node:fs";
import { basename, dirname } from "node:path";
import { declareTouches } from "../../backlog/declare.ts";
import { decodeBacklog } from "../../backlog/load.ts";
import { wildly } from "../../ground/text.ts";
import { oddFile, readInTree, writeInTree } from "../../ground/tree-file.ts";
import type { Plan } from "../../plan/plan.ts";

/**
 * Writes the predicted footprints into the task file as `touches:`, where none is declared. The
 * file is replaced whole; a link to it stays a link.
 * @returns whether there was anything to write
 */
export function writeFootprints(file: string, plan: Plan): boolean {
  const path = realpathSync(file);
  const [folder, name] = [dirname(path), basename(path)];
  const found = readInTree(folder, name);
  if (found.kind === "odd") throw oddFile(folder, found);
  const before = decodeBacklog(found.kind === "none" ? Buffer.alloc(0) : found.bytes, file);
  const after = declareTouches(
    before,
    new Map(plan.tasks.map((task) => [task.id, task.footprint.map((one) => wildly(one.path))])),
  );
  if (after === before) return false;
  writeInTree(folder, name, after);
  return true;
}
