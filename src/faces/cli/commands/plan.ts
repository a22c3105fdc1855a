import { basename, join, resolve } from "node:path";
import { shortIds } from "../../../backlog/short-id.ts";
import { ExitCode } from "../../../ground/errors.ts";
import { plainLine } from "../../../ground/text.ts";
import { type Explanation, explain } from "../../../plan/explain.ts";
import { renderExplanation, renderPlan } from "../../../plan/gantt.ts";
import { plan as makePlan } from "../../../plan/plan.ts";
import type { PlanInput } from "../../../plan/prepare.ts";
import { requireIdsCalled } from "../../../run/called-tasks.ts";
import { loadPlanFacts } from "../../../run/plan/plan-input.ts";
import { writeFootprints } from "../../../run/plan/write-footprints.ts";
import { openProject } from "../../../verbs/project.ts";
import { callerOf } from "../caller.ts";
import type { Output } from "../output.ts";
import { count, flag, jsonFlag, optional, value, verb } from "../verb.ts";

export const planVerb = verb({
  args: { file: optional("file", "the backlog, instead of the configured one") },
  options: {
    workers: count("-k, --workers <n>", "plan for so many workers", { min: 1, max: 64 }),
    strict: flag("--strict-tracks", "put tasks that share a file into one track"),
    explain: value("--explain <task>", "say why a task, or those of a track, stands where it does"),
    write: flag("--write", "write the predicted footprints into the backlog as touches:"),
    json: jsonFlag,
  },
  details:
    "It only reads: nothing of the configuration is executed, and without --write nothing changes.",
  examples: [
    ["pleach plan -k 4", "who may run with whom, with four workers"],
    ["pleach plan --explain T3", "what T3 touches, and what it waits for"],
  ],
  run: async (context, { file }, options) => {
    const { ground, config } = await openProject(context.invocation, callerOf(context.out));
    const { out, invocation } = context;
    const backlog =
      file === undefined ? join(ground.repo.top, config.tasks) : resolve(invocation.folder, file);
    const { input, unclear, passedOver } = await loadPlanFacts(ground, config, {
      backlog,
      workers: options.workers ?? config.workers,
      strictTracks: options.strict,
    });
    for (const { id, candidates } of unclear) {
      out.note(
        `note: task ${id} is in hand, and may now be ${candidates.join(" or ")}: none of them is planned`,
      );
    }
    for (const { line, text } of passedOver.slice(0, mostPassedOver)) {
      out.note(
        `note: ${basename(backlog)}:${line} is passed over, as its box is neither \`[ ]\` nor \`[x]\`: ${plainLine(text)}`,
      );
    }
    if (passedOver.length > mostPassedOver) {
      out.note(`note: and ${passedOver.length - mostPassedOver} lines more are passed over`);
    }
    if (options.explain !== undefined) {
      const ids = requireIdsCalled(input, options.explain);
      const explanations = ids.flatMap((id) => explain(input, id) ?? []);
      const [explanation] = explanations;
      const more = explanations.length > 1 ? { explanations } : {};
      if (options.json) out.document({ explanation, ...more });
      else for (const one of explanations) showExplanation(one, input, out);
      return ExitCode.ok;
    }
    const made = makePlan(input);
    if (options.json) out.document(passedOver.length === 0 ? made : { ...made, passedOver });
    else for (const line of renderPlan(made, out.paper)) out.line(line);
    if (options.write) {
      const wrote = writeFootprints(backlog, made);
      out.note(wrote ? `wrote footprints into ${backlog}` : "there was no footprint to write");
    }
    return ExitCode.ok;
  },
});

const mostPassedOver = 10;

function showExplanation(explanation: Explanation, { tasks }: PlanInput, out: Output): void {
  const short = shortIds(tasks.map(({ id }) => id));
  for (const line of renderExplanation(explanation, out.paper, short)) out.line(line);
}
