import { requireAgent } from "../../../agents/known.ts";
import { ExitCode, PleachError } from "../../../ground/errors.ts";
import { parseTrackName } from "../../../ground/ids.ts";
import { restartTrack } from "../../../grow/restart.ts";
import { startTrack } from "../../../grow/start.ts";
import { requireMode } from "../../../run/plan/seed.ts";
import { recoverAll } from "../../../run/recover.ts";
import { isLive } from "../../../track/track.ts";
import { findTrack } from "../../../track/track-store.ts";
import { seedByHand } from "../../../verbs/by-hand.ts";
import { lostHost } from "../../../verbs/hosting.ts";
import { findTrackCalled } from "../../../verbs/own-track.ts";
import { consentTo, openProject } from "../../../verbs/project.ts";
import { callerOf } from "../caller.ts";
import { givenText, listed } from "../given-text.ts";
import { hostOption, modeOption } from "../host-option.ts";
import { required, value, values, verb, yesFlag } from "../verb.ts";

export const startVerb = verb({
  args: { name: required("name", "the track; one that stands still goes on with a new worker") },
  options: {
    prompt: value("-p, --prompt <text>", "what is to be done"),
    file: value("-f, --file <file>", "a file that says it"),
    task: values("--task <ids...>", "tasks of the backlog: ids, their beginnings, or lines"),
    agent: value("--agent <name>", "the agent (default: `agent` of pleach.toml)"),
    mode: modeOption,
    host: hostOption,
    base: value("--base <revision>", "the commit to cut from (default: the target)"),
    yes: yesFlag,
  },
  details:
    "It grows in the background; `pleach run`, or `pleach land NAME`, lands it when it is ready.",
  examples: [
    ['pleach start auth -p "Rotate refresh tokens"', "one track by hand"],
    ["pleach start docs --task T3 T4", "two tasks of the backlog on one track"],
    ["pleach start auth", "a new worker on a track that was stopped or handed back"],
  ],
  run: async (context, { name: given }, options) => {
    const { invocation, out } = context;
    const project = await openProject(context.invocation, callerOf(context.out));
    const { ground, config } = project;
    const usual = options.agent ?? config.agent;
    const isPrompted = (options.prompt ?? options.file) !== undefined;
    // Tasks may name an agent of their own.
    if (isPrompted && options.task.length === 0) requireAgent(config, usual);
    await consentTo(project, callerOf(context.out), { yes: options.yes });
    await recoverAll(ground, config);
    const prompt = givenText({ text: options.prompt, file: options.file }, invocation.folder);
    const isNew = prompt !== undefined || options.task.length > 0;
    // A new track gets the very name; an existing track is found by its name, its task or a beginning.
    const called = isNew ? undefined : await findTrackCalled(ground, given);
    const name = called?.name ?? parseTrackName(given);
    const former = called ?? findTrack(ground.store, name);
    if (former !== undefined && isLive(former)) {
      requireNothingNew(name, prompt, options.task);
      const wish = { host: options.host ?? former.host, mode: options.mode ?? former.mode };
      requireMode(config, former.agent, wish.mode);
      const lost = await lostHost(ground, wish);
      if (lost !== null) out.note(lost);
      await restartTrack(ground, config, name, wish);
      out.line(`${name} grows again in ${former.worktree}`);
      return ExitCode.ok;
    }
    const { agent, base, host, mode } = options;
    const tasks = options.task.flatMap(listed);
    const seed = await seedByHand(ground, config, {
      name,
      prompt,
      tasks,
      agent,
      base,
      host,
      mode,
    });
    const lost = await lostHost(ground, seed);
    if (lost !== null) out.note(lost);
    out.note(`making ${seed.worktree} and setting it up …`);
    const started = await startTrack(ground, config, seed);
    if (started.kind === "started") {
      out.line(`${name} grows in ${seed.worktree}`);
      out.note(`hint: pleach logs ${name} -f follows it`);
      return ExitCode.ok;
    }
    throw new PleachError({
      code: "start/failed",
      message: `track ${name} could not be started: ${started.reason}`,
      hint: `mend it, then: pleach start ${name} …; nothing was left behind`,
      exitCode: ExitCode.failed,
    });
  },
});

function requireNothingNew(
  name: string,
  prompt: string | undefined,
  tasks: readonly string[],
): void {
  if (prompt === undefined && tasks.length === 0) return;
  throw new PleachError({
    code: "track/live",
    message: `track ${name} is there already, with a task of its own`,
    hint: `pleach start ${name} without a prompt goes on with it; for something new, choose another name`,
    exitCode: ExitCode.usage,
  });
}
