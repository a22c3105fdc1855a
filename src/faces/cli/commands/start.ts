import { ExitCode } from "../../../ground/errors.ts";
import { openProject } from "../../../verbs/project.ts";
import { startNamed } from "../../../verbs/start.ts";
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
  run: async (context, { name }, options) => {
    const { invocation, out } = context;
    const { prompt, file, task, ...wishes } = options;
    const caller = callerOf(out);
    const project = await openProject(invocation, caller);
    const isPrompted = (prompt ?? file) !== undefined;
    const started = await startNamed(
      project,
      {
        ...{ name, ...wishes, tasks: task.flatMap(listed) },
        prompt: isPrompted ? () => givenText({ text: prompt, file }, invocation.folder) : undefined,
      },
      caller,
    );
    const again = started.kind === "goes-on" ? " again" : "";
    out.line(`${started.track} grows${again} in ${started.worktree}`);
    if (started.kind === "new") out.note(`hint: pleach logs ${started.track} -f follows it`);
    return ExitCode.ok;
  },
});
