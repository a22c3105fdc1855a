import { loadPty } from "../ground/proc/pty.ts";
import type { ExactEnv } from "../ground/proc/run.ts";
import { type AskedHost, chooseHost, type HostChoice, wantsTmux } from "./choice.ts";
import { lookForTmux } from "./tmux.ts";

/** Finds where and how a worker will run here, as far as it matters to the request. */
export async function lookForHost(asked: AskedHost, env: ExactEnv): Promise<HostChoice> {
  const pty = asked.mode === "terminal" ? await loadPty() : undefined;
  const tmux = wantsTmux(asked) ? await lookForTmux(env) : ({ kind: "missing" } as const);
  return chooseHost(asked, { tmux, noPty: pty?.kind === "no-pty" ? pty.why : null });
}
