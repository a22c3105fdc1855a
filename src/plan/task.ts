import type { Task } from "../backlog/parse.ts";

/** What planning reads of a task of the backlog. */
export type PlanTask = Omit<Task, "agent" | "explicitId">;
