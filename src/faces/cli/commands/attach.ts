import { ExitCode, PleachError } from "../../../ground/errors.ts";
import { type Ground, openGround } from "../../../ground/ground.ts";
import { runHere } from "../../../ground/proc/here.ts";
import { describeEnding, type ExactEnv } from "../../../ground/proc/run.ts";
import { tmuxPlace } from "../../../grow/launch.ts";
import type { Track } from "../../../grow/track.ts";
import { latestWorker } from "../../../grow/worker-store.ts";
import { listPanes, viewArgv } from "../../../hosts/tmux.ts";
import type { Pane } from "../../../hosts/tmux-lines.ts";
import { requireTrackNamed } from "../../../run/own-track.ts";
import { required, verb } from "../verb.ts";

export const attach = verb({
  args: { track: required("track", "the track whose worker you want to see") },
  options: {},
  details: `Several can look at once, and leaving stops nothing: C-b d (inside another tmux: C-b C-b d).
Your own tmux is left alone; inside it, the window opens where you are.`,
  examples: [["pleach attach auth", "go to the window of its worker"]],
  run: async (context, args) => {
    const ground = await openGround(context.invocation);
    const track = requireTrackNamed(ground, args.track);
    const pane = await requireWindow(ground, track);
    if (!context.out.terminal.stdout || !context.out.interactive) {
      throw refusal("no-terminal", "this is no terminal to attach to", logsHint(track));
    }
    const place = tmuxPlace(ground);
    const ending = await runHere(viewArgv(place, pane, ground.self.pid), {
      cwd: "/",
      env: outside(ground.env),
    });
    if (ending.kind === "exited" && ending.code === 0) return ExitCode.ok;
    const failure = `its window cannot be shown: tmux ended with ${describeEnding(ending)}`;
    throw refusal("failed", failure, logsHint(track));
  },
});

/** tmux refuses to show one server inside another while it knows of the outer one. */
function outside(env: ExactEnv): ExactEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("TMUX")));
}

async function requireWindow(ground: Ground, track: Track): Promise<Pane> {
  if (latestWorker(ground.store, track.name)?.host !== "tmux") {
    const fact = `no worker of ${track.name} has a window`;
    throw refusal("no-window", fact, `${logsHint(track)}; for the next one: --host tmux`);
  }
  const found = await listPanes(tmuxPlace(ground));
  if (found.kind === "unknown") {
    throw refusal("unknown", `tmux gives no answer: ${found.why}`, logsHint(track));
  }
  const pane = found.panes.findLast((one) => one.track === track.name);
  if (pane !== undefined) return pane;
  throw refusal("closed", `the window of ${track.name} was closed`, logsHint(track));
}

const logsHint = ({ name }: Track): string => `pleach logs ${name} -f follows what its agent says`;

function refusal(code: string, message: string, hint: string): PleachError {
  return new PleachError({ code: `attach/${code}`, message, hint, exitCode: ExitCode.failed });
}
