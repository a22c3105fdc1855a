import { ExitCode } from "../../../ground/errors.ts";
import { openProject } from "../../../verbs/project.ts";
import { startRaceByHand } from "../../../verbs/race.ts";
import { callerOf } from "../caller.ts";
import { givenText, listed } from "../given-text.ts";
import { jsonFlag, optional, value, values, verb, yesFlag } from "../verb.ts";

export const raceVerb = verb({
  args: { prompt: optional("prompt", "what is to be done") },
  options: {
    agent: value(
      "--agent <list>",
      "who attempts it: claude:2,codex is claude twice and codex once (default: the usual one twice)",
    ),
    file: value("-f, --file <file>", "a file that says what is to be done"),
    task: values("--task <ids...>", "tasks of the backlog instead"),
    name: value("--name <name>", "the race; its tracks are NAME-1, NAME-2, …"),
    base: value("--base <revision>", "the commit all begin with (default: the target)"),
    json: jsonFlag,
    yes: yesFlag,
  },
  details: `Several tracks do the same work from the same commit. None of them lands by itself, \`pleach run\`
or not: \`pleach compare\` shows the evidence, \`pleach pick\` lands one and drops the others.`,
  examples: [
    ['pleach race "Rotate refresh tokens" --agent claude:2,codex', "three attempts at one prompt"],
    ["pleach race --task T3 --agent claude:2 --name auth", "two at a task: auth-1 and auth-2"],
  ],
  run: async (context, { prompt: said }, options) => {
    const { invocation, out } = context;
    const caller = callerOf(out);
    const project = await openProject(invocation, caller);
    const {
      race: begun,
      started,
      failed,
    } = await startRaceByHand(
      project,
      {
        ...{ agents: options.agent, name: options.name, base: options.base, yes: options.yes },
        tasks: options.task.flatMap(listed),
        prompt: () => givenText({ text: said, file: options.file }, invocation.folder),
      },
      caller,
    );
    if (options.json) {
      out.document({ race: begun.name, base: begun.base, started, failed });
    } else {
      for (const track of started) out.line(`${track} grows`);
      for (const { track, reason } of failed) out.line(`${track} could not be started: ${reason}`);
      out.note(`hint: pleach compare ${begun.name} shows what they come to`);
    }
    return failed.length > 0 ? ExitCode.failed : ExitCode.ok;
  },
});
