import { assertNever } from "../../../ground/errors.ts";
import { type Paper, paint, type Style } from "../../../ground/paper.ts";
import { plainLine } from "../../../ground/text.ts";
import { type Check, exitCodeOfChecks } from "../../../verbs/doctor/check.ts";
import { examine } from "../../../verbs/doctor/doctor.ts";
import { putConfigBack } from "../../../verbs/doctor/put-config-back.ts";
import { flag, jsonFlag, noTryFlag, verb } from "../verb.ts";

export const doctorVerb = verb({
  args: {},
  options: {
    noTry: noTryFlag,
    json: jsonFlag,
    restoreConfig: flag(
      "--restore-config",
      "put .git/config back as it was when workers started; the present one is kept aside",
    ),
  },
  details: `Tries setup and gate on the target's tip, in the landing's own worktree, if you have consented to
them; a tip that is known to be green is not tried again. Repairs the wiring of the merge driver when this program has moved; changes nothing else.
Exits with 4 when something Pleach needs is missing, with 1 when something else is wrong.`,
  examples: [
    ["pleach doctor", "is everything as it should be?"],
    ["pleach doctor --restore-config", "undo what an agent has written into .git/config"],
  ],
  run: async (context, _, { noTry, json, restoreConfig: restores }) => {
    const { invocation, out } = context;
    if (restores) {
      const aside = await putConfigBack(invocation);
      out.note(`.git/config is as it was when workers started; the former one is kept in ${aside}`);
    }
    const signal = context.interruption();
    const onNote = (text: string): void => out.note(text);
    const checks = await examine(invocation, { tries: !noTry, signal, onNote });
    if (json) {
      const shown = checks.map((check) => {
        const { name, verdict, detail } = check;
        return { name, verdict, detail, ...("hint" in check ? { hint: check.hint } : {}) };
      });
      out.document({ checks: shown });
    } else {
      const width = Math.max(...checks.map(({ name }) => name.length));
      for (const check of checks) {
        for (const line of checkLines(check, width, out.paper)) out.line(line);
      }
    }
    return exitCodeOfChecks(checks);
  },
});

function checkLines(check: Check, width: number, paper: Paper): readonly string[] {
  const { word, style } = shown(check.verdict);
  const margin = " ".repeat(word.length + width + 4);
  const [first = "", ...more] = check.detail.split("\n").map(plainLine);
  const line = `${paint(word, style, paper)}  ${plainLine(check.name).padEnd(width)}  ${first}`;
  return [
    ...[line, ...more.map((below) => margin + below)],
    ...("hint" in check ? [`${margin}${paint("hint:", "bold", paper)} ${check.hint}`] : []),
  ];
}

function shown(verdict: Check["verdict"]): { readonly word: string; readonly style: Style } {
  switch (verdict) {
    case "ok":
      return { word: "ok      ", style: "green" };
    case "repaired":
      return { word: "repaired", style: "cyan" };
    case "warning":
      return { word: "warning ", style: "yellow" };
    case "failed":
      return { word: "failed  ", style: "red" };
    default:
      return assertNever(verdict);
  }
}
