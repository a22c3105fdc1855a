import { statSync } from "node:fs";
import type { ExitCode } from "../../../ground/errors.ts";
import type { Ground } from "../../../ground/ground.ts";
import { asWorkerId } from "../../../ground/ids.ts";
import { keepMemorySmall } from "../../../ground/memory.ts";
import { unstyled } from "../../../ground/text.ts";
import { supervise as stayWith } from "../../../grow/supervise/supervisor.ts";
import { openMessageStore } from "../../../talk/worker-messages.ts";
import { trackFiles } from "../../../track/track-files.ts";
import { requireTrack } from "../../../track/track-store.ts";
import { openProject } from "../../../verbs/project.ts";
import type { Worker } from "../../../worker/worker.ts";
import { findWorker } from "../../../worker/worker-store.ts";
import { callerOf } from "../caller.ts";
import { followFile } from "../follow-file.ts";
import type { Output } from "../output.ts";
import { type Context, required, verb } from "../verb.ts";

/** An agent does not end because others have the database: they have a day to let it go. */
const databaseMs = 24 * 60 * 60_000;

export const superviseVerb = verb({
  args: { worker: required("worker", "the worker to stay with") },
  options: {},
  examples: [],
  run: async (context, args) => {
    keepMemorySmall();
    const signal = context.interruption("its-terminal");
    const { ground, config } = await openProject(context.invocation, callerOf(context.out));
    ground.store.wait({ ms: databaseMs, say: context.out.note });
    const id = asWorkerId(args.worker);
    const worker = findWorker(ground.store, id);
    const shown = new AbortController();
    const show =
      worker !== undefined && isShown(ground, worker, context.out)
        ? showStream(context.out, ground, worker, shown.signal)
        : undefined;
    try {
      const terminal = isTerminal(ground, worker) ? context.terminal() : undefined;
      const code = await stayWith(ground, config, id, {
        signal,
        terminal,
        messages: (one) => openMessageStore(ground, one),
      });
      return terminal === undefined ? code : await endAsAgent(context, ground, { id, code });
    } finally {
      shown.abort();
      await show;
      if (show !== undefined) context.out.line(lastLine(ground, id));
    }
  },
});

/** A program in a terminal of its own draws there itself. */
function isShown(ground: Ground, worker: Worker, { terminal }: Output): boolean {
  return terminal.stdout && !isTerminal(ground, worker);
}

const isTerminal = ({ store }: Ground, worker: Worker | undefined): boolean =>
  worker !== undefined && (worker.mode ?? requireTrack(store, worker.track).mode) === "terminal";

/** In a window of its own we stand for the agent: who looks at it sees how that one ended. */
async function endAsAgent(
  context: Context,
  ground: Ground,
  { id, code }: { readonly id: Worker["id"]; readonly code: ExitCode },
): Promise<ExitCode> {
  const at = findWorker(ground.store, id)?.at;
  if (at?.state === "killed") await context.dieBy(at.signal);
  return at?.state === "exited" ? (at.code as ExitCode) : code;
}

/** In a window of its own: what the agent says, as it comes, for who looks in. */
async function showStream(
  out: Output,
  ground: Ground,
  { track, agent, attempt }: Worker,
  signal: AbortSignal,
): Promise<void> {
  out.deaf();
  const again = attempt === 1 ? "" : `, start ${attempt}`;
  out.line(
    `pleach: ${agent} works on ${track}${again}. What it says stands below; no key is read.`,
  );
  const { output } = trackFiles(ground.repo.stateDir, track);
  const former = statSync(output, { throwIfNoEntry: false })?.size ?? 0;
  await followFile(output, (line) => out.text(unstyled(line)), signal, former);
}

function lastLine(ground: Ground, id: Worker["id"]): string {
  const worker = findWorker(ground.store, id);
  if (worker === undefined) return "pleach: there is no such worker";
  const { at } = requireTrack(ground.store, worker.track);
  const detail = "detail" in at ? `: ${at.detail}` : "";
  return `pleach: the worker is ${worker.at.state}, track ${worker.track} is ${at.state}${detail}`;
}
