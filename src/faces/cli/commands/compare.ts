import { ExitCode, PleachError } from "../../../ground/errors.ts";
import type { Ground } from "../../../ground/ground.ts";
import { isInside } from "../../../ground/ids.ts";
import type { LandProgress } from "../../../land/landing/site.ts";
import { compareRace } from "../../../race/candidate-facts.ts";
import { versionsIn } from "../../../race/diff.ts";
import { liveCandidates, type Race } from "../../../race/race.ts";
import { findRace, openRaces, requireRace } from "../../../race/race-store.ts";
import { formatVersions } from "../../../race/versions.ts";
import { pathInside } from "../../../run/plan/path-inside.ts";
import { recoverAll } from "../../../run/recover.ts";
import { allTracks } from "../../../track/track-store.ts";
import { consentTo, openProject } from "../../../verbs/project.ts";
import { formatComparison, formatComparisonPage } from "../../../watch/race.ts";
import { formatSideBySide } from "../../../watch/side-by-side.ts";
import { formatSideBySidePage } from "../../../watch/side-by-side-page.ts";
import { callerOf } from "../caller.ts";
import {
  type Context,
  flag,
  jsonFlag,
  maybeValues,
  optional,
  value,
  verb,
  yesFlag,
} from "../verb.ts";

export const compareVerb = verb({
  args: { race: optional("race", "the race; without it, the only one there is") },
  options: {
    diff: maybeValues("--diff [path...]", "their versions side by side instead; of these files"),
    judge: value("--judge <command>", "a shell line that reads the evidence and names one"),
    markdown: flag("--markdown", "print a page of Markdown"),
    json: jsonFlag,
    yes: yesFlag,
  },
  details: `The gate is run on each candidate that is ready, on the target's tip; a result that is known of the
same tree is taken. The order is that of the evidence: gate, lost tests, conflicts, files outside
the footprint, new tests, size. A judge gets the document of --json on its input and prints
{"pick": "NAME", "why": "…"}: its word decides between green gates, and never against a red one.

--diff runs nothing. It shows what is committed, a column for each candidate or for all that have
the same version, each as a diff against the commit the race began with; = stands between lines
that all columns change alike. It is as wide as the terminal, in a pipe as COLUMNS says, and
coloured there with FORCE_COLOR=1, as for less -R.`,
  examples: [
    ["pleach compare auth", "who did what, and who could win"],
    ["pleach compare auth --diff src/auth", "their versions of these files, side by side"],
    ["pleach compare --markdown > race.md", "the same as a page"],
    ["pleach compare --judge ./judge.sh", "with the advice of a program"],
  ],
  run: async (context, { race: name }, { diff, judge, markdown, json, yes }) => {
    const { out } = context;
    const project = await openProject(context.invocation, callerOf(context.out));
    const { ground, config } = project;
    if (diff !== undefined) {
      if (judge !== undefined) throw noJudgeOfDiffs();
      return await showVersions(context, ground, { name, diff, markdown, json });
    }
    await consentTo(project, callerOf(out), { yes });
    await recoverAll(ground, config);
    const race = name === undefined ? onlyRace(ground) : requireRace(ground.store, name);
    const signal = context.interruption();
    const onProgress = (track: string, progress: LandProgress): void => {
      if (progress.kind === "note") out.note(`${track}: ${progress.text}`);
      if (progress.kind === "step" && progress.step === "gate") out.note(`${track}: gate`);
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

interface Showing {
  /** Of the race; what is no race's name is a path, as in `compare --diff --json src`. */
  readonly name: string | undefined;
  /** Paths as a person writes them; all when there are none. */
  readonly diff: readonly string[];
  readonly markdown: boolean;
  readonly json: boolean;
}

async function showVersions(
  { out }: Context,
  ground: Ground,
  { name, diff, markdown, json }: Showing,
): Promise<ExitCode> {
  const found = name === undefined ? undefined : findRace(ground.store, name);
  const given = name === undefined || found !== undefined ? diff : [name, ...diff];
  const race = found ?? onlyRace(ground);
  const paths = given.map((path) => pathInside(ground, path));
  const versions = await versionsIn(ground, race, paths);
  const isIdle = (path: string): boolean =>
    !versions.files.some((file) => isInside(file.path, path));
  const idle = given.find((_, at) => isIdle(paths[at] ?? ""));
  if (idle !== undefined) throw nobodyChanges(race, idle);
  const lines = markdown ? formatSideBySidePage(versions) : formatSideBySide(versions, out.sheet);
  if (json) out.document(formatVersions(versions));
  else for (const line of lines) out.line(line);
  return ExitCode.ok;
}

function nobodyChanges(race: Race, path: string): PleachError {
  return new PleachError({
    code: "race/untouched",
    message: `no candidate of ${race.name} has committed a change of ${path}`,
    hint: `pleach compare ${race.name} --diff shows all they have changed`,
    exitCode: ExitCode.usage,
  });
}

function noJudgeOfDiffs(): PleachError {
  return new PleachError({
    code: "usage/together",
    message: "--diff shows versions and runs nothing, so there is nothing to judge",
    hint: "pleach compare --judge CMD weighs the evidence; pleach compare --diff shows the files",
    exitCode: ExitCode.usage,
  });
}

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
