import type { Config, SoftPolicy } from "../ground/config/config.ts";
import { matches, parseGlob } from "../predict/paths/glob.ts";

type SoftConfig = Pick<Config, "soft" | "tasks">;

/** Finds the policy for a path that two tracks change; undefined for a path without a policy. */
export type PolicyOf = (path: string) => SoftPolicy | undefined;

/**
 * Lists the globs that have a policy: `[soft]`, and the task file, which has a driver of its own.
 */
export const softGlobs = ({ soft, tasks }: SoftConfig): readonly string[] => [
  tasks,
  ...soft.map(({ pattern }) => pattern),
];

/** Finds the first policy whose glob matches: the same answer for plan, radar and landing. */
export function policiesOf({ soft, tasks }: SoftConfig): PolicyOf {
  const policies = soft.map(({ pattern, policy }) => ({ glob: parseGlob(pattern), policy }));
  return (path) =>
    policies.find(({ glob }) => matches(glob, path))?.policy ??
    (path === tasks ? { kind: "driver" } : undefined);
}
