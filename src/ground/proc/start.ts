import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { identify, type ProcessIdentity } from "./identity.ts";
import { shedInherited } from "./inherited-mark.ts";
import type { Argv, ExactEnv } from "./run.ts";

export interface DetachedOptions {
  readonly cwd: string;
  readonly env: ExactEnv;
  /** The file both output streams are appended to; private (0600). */
  readonly outputFile: string;
}

export type Started =
  | { readonly kind: "started"; readonly process: ProcessIdentity }
  | { readonly kind: "failed-to-start"; readonly why: string };

/**
 * Starts a program in a session of its own, tied to nothing of ours; it outlives us. Plain `spawn`,
 * with its output not carried through this process, which may end first.
 */
export async function startDetached(argv: Argv, options: DetachedOptions): Promise<Started> {
  await shedInherited(options.env);
  const output = openSync(options.outputFile, "a", 0o600);
  try {
    const [program, ...args] = argv;
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...options.env },
      detached: true,
      stdio: ["ignore", output, output],
    });
    await once(child, "spawn");
    child.unref();
    const identity = child.pid === undefined ? undefined : await identify(child.pid);
    if (identity !== undefined) return { kind: "started", process: identity };
    return { kind: "failed-to-start", why: `${program} ended at once` };
  } catch (error) {
    return { kind: "failed-to-start", why: String(error) };
  } finally {
    closeSync(output);
  }
}
