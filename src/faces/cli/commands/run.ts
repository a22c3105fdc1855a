import { ExitCode } from "../../../ground/errors.ts";
import { requireBase } from "../../../run/require-base.ts";
import { requireAgentFor } from "../../../verbs/agent-set.ts";
import { detachRun } from "../../../verbs/detach.ts";
import { consentTo, openProject } from "../../../verbs/project.ts";
import { callerOf } from "../caller.ts";
import { conduct, type RunFlags } from "../conduct.ts";
import { hostOption, modeOption } from "../host-option.ts";
import { count, flag, noTryFlag, optional, value, values, verb, yesFlag } from "../verb.ts";

export const runVerb = verb({
  args: { file: optional("file", "the backlog (default: `tasks` of pleach.toml)") },
  options: {
    workers: count("-k, --workers <n>", "so many workers at once", { min: 1, max: 64 }),
    agent: value("--agent <name>", "the agent for tasks that name none"),
    mode: modeOption,
    host: hostOption,
    only: values(
      "--only <ids...>",
      "only these tasks: ids, their beginnings, lines, or tracks of the plan",
    ),
    noLand: flag("--no-land", "grow, but leave ready tracks to `pleach land`"),
    noGate: flag("--no-gate", "land although no gate is configured"),
    noTry: noTryFlag,
    offline: flag("--offline", "do not fetch first"),
    pull: flag("--pull", "fast-forward the local target to its upstream first"),
    detach: flag("--detach", "go on in the background; `pleach events -f` follows it"),
    json: flag("--json", "print the journal as NDJSON; the last line is the summary"),
    yes: yesFlag,
  },
  details: `Before work grows, setup and gate are tried on the target's tip, unless it is known to be green. While
it is red, nothing is started, or with \`base = "new-failures"\` only what is new blocks a landing. Ctrl-C once: finish the step in hand, start nothing, leave the workers growing. Twice: leave at
once; the workers grow on. The same command goes on where things are. Without a terminal it ends (3) when
all that is left waits for an answer of yours.`,
  examples: [
    ["pleach run", "work through the backlog"],
    ["pleach run -k 2 --only T3,T4", "two tasks, two workers"],
    ["pleach run --yes --json > run.ndjson", "unattended"],
  ],
  run: async (context, { file }, { detach, yes, ...rest }) => {
    const project = await openProject(context.invocation, callerOf(context.out));
    const { ground, config } = project;
    const flags: RunFlags = { ...rest, file };
    await requireAgentFor(ground, config, { agent: flags.agent, file });
    await consentTo(project, callerOf(context.out), { yes });
    if (!detach) return await conduct(context, { ground, config, confirm: !yes, flags });
    if (flags.noTry !== true && flags.noGate !== true) {
      // Said here, where somebody reads it, rather than in a log.
      const onNote = (text: string): void => context.out.note(text);
      const signal = context.interruption();
      await requireBase(ground, config, { signal, onNote, onBegin: onNote });
      if (signal.aborted) return ExitCode.interrupted;
    }
    const { pid, log } = await detachRun(ground, argsOf(flags));
    context.out.line(`pleach run goes on as pid ${pid}; its output is in ${log}`);
    context.out.note("hint: pleach events -f follows it, pleach ls shows what grows");
    return ExitCode.ok;
  },
});

/** The same flags as words, for the run in the background. */
function argsOf(flags: RunFlags): readonly string[] {
  const { file, workers, agent, host, mode, only = [] } = flags;
  return [
    ...(workers === undefined ? [] : ["-k", String(workers)]),
    ...(agent === undefined ? [] : ["--agent", agent]),
    ...(mode === undefined ? [] : ["--mode", mode]),
    ...(host === undefined ? [] : ["--host", host]),
    ...(only.length === 0 ? [] : ["--only", ...only]),
    ...(flags.noLand === true ? ["--no-land"] : []),
    ...(flags.noGate === true ? ["--no-gate"] : []),
    ...(flags.noTry === true ? ["--no-try"] : []),
    ...(flags.offline === true ? ["--offline"] : []),
    ...(flags.pull === true ? ["--pull"] : []),
    ...(flags.json === true ? ["--json"] : []),
    ...(file === undefined ? [] : ["--", file]),
  ];
}
