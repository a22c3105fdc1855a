import { ExitCode, PleachError } from "../../../ground/errors.ts";
import type { Ground } from "../../../ground/ground.ts";
import { allTracks } from "../../../grow/track-store.ts";
import { liveCandidates, type Race } from "../../../land/race.ts";
import { compareRace } from "../../../land/race-evidence.ts";
import { openRaces, requireRace } from "../../../land/race-store.ts";
import { recoverAll } from "../../../run/recover.ts";
import { formatComparison, formatComparisonPage } from "../../../watch/race.ts";
import { consentTo, openProject } from "../project.ts";
import { flag, jsonFlag, optional, value, verb, yesFlag } from "../verb.ts";

export const compare = verb({
  args: { race: optional("race", "the race; without it, the only one there is") },
  options: {
    judge: value("--judge <command>", "a shell line that reads the evidence and names one"),
    markdown: flag("--markdown", "print a page of Markdown"),
    json: jsonFlag,
    yes: yesFlag,
  },
  details: `The gate is run on each candidate that is ready, on the target's tip; a result that is known of the
same tree is taken. The order is that of the evidence: gate, lost tests, conflicts, files outside
the footprint, new tests, size. A judge gets the document of --json on its input and prints
{"pick": "NAME", "why": "…"}: its word decides between green gates, and never against a red one.`,
  examples: [
    ["pleach compare auth", "who did what, and who could win"],
    ["pleach compare --markdown > race.md", "the same as a page"],
    ["pleach compare --judge ./judge.sh", "with the advice of a program"],
  ],
  run: async (context, { race: name }, { judge, markdown, json, yes }) => {
    const { out } = context;
    const project = await openProject(context);
    const { ground, config } = project;
    await consentTo(project, out, { yes });
    await recoverAll(ground, config);
    const race = name === undefined ? onlyRace(ground) : requireRace(ground.store, name);
    const signal = context.interruption();
    const onProgress = (progress: { readonly kind: string; readonly text?: string }): void => {
      if (progress.kind === "note") out.note(progress.text ?? "");
    };
    const comparison = await compareRace(ground, config, race, { judge, signal, onProgress });
    const lines = markdown
      ? formatComparisonPage(comparison)
      : formatComparison(comparison, out.roll);
    if (json) out.document(comparison);
    else for (const line of lines) out.line(line);
    return signal.aborted ? ExitCode.interrupted : ExitCode.ok;
  },
});

function onlyRace({ store }: Ground): Race {
  const tracks = allTracks(store);
  const live = openRaces(store).filter((race) => liveCandidates(race, tracks).length > 0);
  const [only, second] = live;
  if (only !== undefined && second === undefined) return only;
  throw new PleachError({
    code: "race/unnamed",
    message: only === undefined ? "there is no race" : "there are several races",
    hint:
      only === undefined
        ? 'pleach race "PROMPT" --agent claude:2,codex begins one'
        : `name one: pleach compare ${live.map((race) => race.name).join(" | ")}`,
    exitCode: ExitCode.usage,
  });
}
