import { spawn } from "node:child_process";
import { messageOf } from "../errors.ts";
import type { Argv, Ending, ExactEnv } from "./run.ts";

/**
 * Gives a program our own terminal until it ends; keys and screen belong to the program meanwhile.
 */
export async function runHere(
  argv: Argv,
  { cwd, env }: { readonly cwd: string; readonly env: ExactEnv },
): Promise<Ending> {
  const [program, ...args] = argv;
  return await new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env: { ...env }, stdio: "inherit" });
    child.once("error", (error) => resolve({ kind: "failed-to-start", why: messageOf(error) }));
    child.once("exit", (code, signal) => {
      resolve(
        signal === null ? { kind: "exited", code: code ?? 0 } : { kind: "signalled", signal },
      );
    });
  });
}
