import { join } from "node:path";
import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import { startDetached } from "../ground/proc/start.ts";

/**
 * Starts `pleach run` again in a session of its own, with the same words but `--detach`: there is
 * consent by now, and nobody there whom it could ask.
 */
export async function detachRun(
  ground: Ground,
  args: readonly string[],
): Promise<{ readonly pid: number; readonly log: string }> {
  const log = join(ground.repo.stateDir, "run.log");
  const { pleach, folder, env } = ground.invocation;
  const argv = [...pleach, "-C", folder, "run", ...args] as const;
  const [program = "", ...rest] = argv;
  const started = await startDetached([program, ...rest], { cwd: folder, env, outputFile: log });
  if (started.kind === "started") return { pid: started.process.pid, log };
  throw new PleachError({
    code: "run/not-started",
    message: `pleach run could not be started in the background: ${started.why}`,
    hint: `see ${log}, or run it in the foreground: pleach run`,
    exitCode: ExitCode.failed,
  });
}
