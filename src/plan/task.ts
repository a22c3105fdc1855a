import type { Task } from "../backlog/parse.ts";

/** The part of a task that planning reads. */
export type PlanTask = Omit<Task, "agent" | "explicitId">;
