import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { KnownTask } from "../../backlog/match.ts";
import type { Task } from "../../backlog/parse.ts";
import { asTaskId } from "../../ground/ids.ts";
import { writeWhole } from "../../ground/whole-file.ts";

/*
 * The backlog as the orchestrator last read it: the neighbours of an edited task tell where it has
 * moved. Only a help for recognising; without it, the tasks of the tracks themselves have to do.
 */

const schema = z.array(
  z.object({
    id: z.string().transform(asTaskId),
    text: z.string(),
    line: z.number(),
    headings: z.array(z.string()),
  }),
);

const fileIn = (stateDir: string): string => join(stateDir, "backlog.json");

export function loadFormerTasks(stateDir: string): readonly KnownTask[] {
  const file = fileIn(stateDir);
  if (!existsSync(file)) return [];
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    // Half written on a full disk, or by another version: as if there were none.
    return [];
  }
}

export function saveFormerTasks(stateDir: string, tasks: readonly Task[]): void {
  const known = tasks.map(({ id, text, line, headings }) => ({ id, text, line, headings }));
  writeWhole(fileIn(stateDir), JSON.stringify(known));
}
