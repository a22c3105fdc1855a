import { ExitCode } from "../../../ground/errors.ts";
import { openGround } from "../../../ground/ground.ts";
import { type Ask, answerLine, askLine } from "../../../talk/ask.ts";
import { answerWorker } from "../../../verbs/answer.ts";
import { count, jsonFlag, many, required, verb } from "../verb.ts";

export const answerVerb = verb({
  args: {
    track: required("track", "the track whose worker waits"),
    answer: many("answer", "allow, deny, the number of an option, or your own words"),
  },
  options: {
    ask: count("--ask <n>", "exactly this one, as `pleach attention` numbers it", {
      min: 1,
      max: 1_000_000_000,
    }),
    json: jsonFlag,
  },
  details: `Words for a permission deny it and say what to do instead. Several questions are answered at once, with ;
between the answers, and several options of one with commas. Without --ask the one that waits longest is
meant; one that came up only just now is never answered unseen.`,
  examples: [
    ["pleach answer auth allow --ask 3", "let that step be done"],
    ['pleach answer auth deny "use the test key"', "refuse it, and say why"],
    ['pleach answer auth "RS256"', "answer a question"],
    ['pleach answer auth "2; 1,3"', "answer two, the second with two of its options"],
  ],
  run: async ({ invocation, out, interruption }, args, options) => {
    const ground = await openGround(invocation);
    const { told, hint } = await answerWorker(
      ground,
      { track: args.track, ask: options.ask, text: args.answer.join(" ") },
      interruption(),
    );
    if (options.json) out.document({ ...documentOf(told), hint });
    else out.line(sentenceOf(told));
    if (hint !== undefined && !options.json) out.note(`hint: ${hint}`);
    return told.at.state === "moot" || told.at.state === "open" ? ExitCode.failed : ExitCode.ok;
  },
});

function sentenceOf(ask: Ask): string {
  const { id, track, at } = ask;
  const about = `${track}, ask ${id} (${askLine(ask)})`;
  switch (at.state) {
    case "verified":
      return `${about}: ${answerLine(at.answer.answer)}; ${at.evidence}`;
    case "moot":
      return `${about}: your answer came to nothing: ${at.why}`;
    case "given":
      return `${about}: ${answerLine(at.answer.answer)}; the agent has it, and what came of it does not show yet`;
    case "answered":
      return `${about}: ${answerLine(at.answer.answer)}; stored, and its supervisor has not taken it up yet`;
    case "open":
      return `${about}: your answer could not be given: ${at.why ?? "nothing tells why"}`;
  }
}

function documentOf({ id, track, worker, what, tool, detail, at }: Ask): object {
  const given = "answer" in at ? at.answer : null;
  const said = given === null ? {} : { answer: answerLine(given.answer), by: given.by };
  const why = "why" in at ? at.why : "evidence" in at ? at.evidence : undefined;
  const evidence = why === undefined ? {} : { evidence: why };
  return {
    ask: id,
    track,
    worker,
    kind: what,
    tool,
    detail,
    state: at.state,
    ...said,
    ...evidence,
  };
}
