import type { Argv, ExactEnv } from "./run.ts";

/**
 * Turns this very process into another program: same pid, same terminal, exactly this environment.
 * Comes back only by throwing, when there is no such program. (execve(2))
 * @param argv its program as an absolute path
 */
export function become(argv: Argv, env: ExactEnv): never {
  if (process.execve === undefined) throw new Error("this Node cannot replace its own process");
  const [program] = argv;
  return process.execve(program, argv, { ...env });
}
