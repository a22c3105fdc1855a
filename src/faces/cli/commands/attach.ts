import { ExitCode, PleachError } from "../../../ground/errors.ts";
import { type Ground, openGround } from "../../../ground/ground.ts";
import { runHere } from "../../../ground/proc/here.ts";
import { describeEnding } from "../../../ground/proc/run.ts";
import { tmuxPlace } from "../../../grow/launch.ts";
import { attachTo } from "../../../grow/terminal/attach.ts";
import { viewerEnvironment } from "../../../hosts/outer-env.ts";
import { listPanes, viewArgv } from "../../../hosts/tmux.ts";
import type { Pane } from "../../../hosts/tmux-lines.ts";
import type { Track } from "../../../track/track.ts";
import { requireTrackNamed } from "../../../verbs/own-track.ts";
import { isOver } from "../../../worker/worker.ts";
import { latestWorker } from "../../../worker/worker-store.ts";
import { type Context, flag, required, verb } from "../verb.ts";

export const attachVerb = verb({
  args: { track: required("track", "the track whose worker you want to see") },
  options: { readOnly: flag("--read-only", "look, and type nothing") },
  details: `Several can look at once, and leaving stops nothing: C-b d in a window of tmux (inside another
tmux: C-b C-b d), Ctrl-\\ where there is none. Your own tmux is left alone; inside it, the window
opens where you are.`,
  examples: [
    ["pleach attach auth", "go to the terminal of its worker"],
    ["pleach attach auth --read-only", "look over its shoulder"],
  ],
  run: async (context, args, { readOnly }) => {
    const ground = await openGround(context.invocation);
    const track = await requireTrackNamed(ground, args.track);
    const socket = await socketOf(ground, track, readOnly);
    if (socket !== undefined) return await attachToSocket(context, track, { socket, readOnly });
    const pane = await requireWindow(ground, track);
    if (!context.out.terminal.stdout || !context.out.interactive) {
      throw refusal("no-terminal", "this is no terminal to attach to", logsHint(track));
    }
    const place = tmuxPlace(ground);
    const ending = await runHere(viewArgv(place, pane, ground.self.pid), {
      cwd: "/",
      env: viewerEnvironment(ground.env),
    });
    if (ending.kind === "exited" && ending.code === 0) return ExitCode.ok;
    const failure = `its window cannot be shown: tmux ended with ${describeEnding(ending)}`;
    throw refusal("failed", failure, logsHint(track));
  },
});

/** The way to a terminal that has no window, or that is only to be looked at. */
async function socketOf(
  ground: Ground,
  track: Track,
  readOnly: boolean,
): Promise<string | undefined> {
  const worker = latestWorker(ground.store, track.name);
  if (worker?.socket === undefined || isOver(worker)) return undefined;
  if (readOnly || worker.host !== "tmux") return worker.socket;
  const found = await listPanes(tmuxPlace(ground));
  const hasWindow =
    found.kind === "known" && found.panes.some(({ track: name }) => name === track.name);
  return hasWindow ? undefined : worker.socket;
}

async function attachToSocket(
  context: Context,
  track: Track,
  { socket, readOnly }: { readonly socket: string; readonly readOnly: boolean },
): Promise<ExitCode> {
  const terminal = context.terminal();
  if (terminal === undefined) {
    throw refusal("no-terminal", "this is no terminal to attach to", logsHint(track));
  }
  const left = await attachTo(socket, terminal, { readOnly });
  if (left.kind === "unreachable") {
    const fact = `the terminal of ${track.name} cannot be reached: ${left.why}`;
    throw refusal("unreachable", fact, `pleach status ${track.name} says what became of it`);
  }
  const what = left.kind === "ended" ? "its terminal has closed" : "left; its agent works on";
  context.out.note(`${track.name}: ${what}`);
  return ExitCode.ok;
}

async function requireWindow(ground: Ground, track: Track): Promise<Pane> {
  const worker = latestWorker(ground.store, track.name);
  if (worker?.noWayIn !== undefined && !isOver(worker)) {
    throw refusal("no-way-in", worker.noWayIn, logsHint(track));
  }
  if (worker?.host !== "tmux") {
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
