import { existsSync, mkdirSync } from "node:fs";
import { basename } from "node:path";
import { PleachError } from "../../ground/errors.ts";
import { plain, plainLine } from "../../ground/text.ts";
import { readTextInTree, writeInTree } from "../../ground/tree-file.ts";
import type { Track } from "../../track/track.ts";
import { inWorktree, trackFiles } from "../../track/track-files.ts";
import type { LandingFacts, LandingVerdict } from "../landing/landing.ts";
import type { Site } from "../landing/site.ts";
import { formatSides, type OtherSide, readOtherSide } from "../weave/other-side.ts";

/**
 * Writes the reasons why the track did not land into a handoff for its next worker: once where an
 * agent may read, and once in a copy that is kept.
 */
export async function handBack(site: Site, facts: LandingFacts): Promise<Partial<LandingFacts>> {
  const { track, ground, config } = site;
  if (facts.verdict === undefined) throw new Error("there is nothing to hand back");
  const text = formatHandoff(track, facts, facts.verdict, await readOtherSide(site, facts));
  const copy = trackFiles(ground.repo.stateDir, track.name);
  mkdirSync(copy.folder, { recursive: true, mode: 0o700 });
  putBefore(copy.folder, basename(copy.handoff), text);
  try {
    if (existsSync(track.worktree)) putBefore(track.worktree, inWorktree.handoff, text);
  } catch (error) {
    if (!(error instanceof PleachError)) throw error;
    // The worker put something odd there, so the handoff is not written; the next start says so and
    // stops.
    site.progress({ kind: "note", text: error.message });
  }
  if (track.tries >= config.land.tries) site.progress({ kind: "note", text: choice(track) });
  return {};
}

function putBefore(top: string, path: string, text: string): void {
  const former = withoutOurs(readTextInTree(top, path) ?? "");
  const whole = former === "" ? text : `${text}\n${before}\n\n${former}`;
  writeInTree(top, path, whole, { mode: 0o600, folderMode: 0o700 });
}

const mark = "<!-- pleach: written by the landing -->";
const before = "<!-- pleach: the handoff before -->";

/** Extracts the handoff that others wrote: it is kept below the landing's part. */
function withoutOurs(text: string): string {
  if (!text.startsWith(mark)) return text;
  const at = text.indexOf(before);
  return at < 0 ? "" : text.slice(at + before.length).trimStart();
}

/**
 * Formats the handoff of a landing that was handed back. Pure; text of others is stripped of
 * control bytes.
 */
export function formatHandoff(
  track: Track,
  facts: LandingFacts,
  verdict: LandingVerdict,
  other: OtherSide,
): string {
  const { gate, onto } = facts;
  const tip = onto === undefined ? "" : ` at ${onto}`;
  const lines = [
    mark,
    `# ${track.name} did not land`,
    "",
    `${plainLine(verdict.detail)}.`,
    "",
    `- target: ${track.target}${tip}`,
    `- branch: ${track.branch}, in ${track.worktree}`,
    ...(gate === undefined ? [] : [`- gate: \`${plainLine(gate.command)}\``]),
    ...(gate === undefined ? [] : [`- exit code: ${gate.exitCode ?? "none"}`]),
    ...verdict.paths.map((path) => `- path: ${plainLine(path)}`),
    "",
    "## What to do",
    "",
    ...whatToDo(track, verdict),
    "",
    ...formatSides(track, verdict, other),
  ];
  lines.push(...failuresOf(facts));
  if (verdict.failing !== undefined) {
    lines.push("## What failed first", "", ...fenced(plain(verdict.failing.join("\n"))), "");
  }
  if (verdict.evidence === undefined || verdict.evidence === "") return `${lines.join("\n")}\n`;
  const title = verdict.outcome === "conflict" ? "The conflict" : "The end of the output";
  return `${[...lines, `## ${title}`, "", ...fenced(plain(verdict.evidence)), ""].join("\n")}\n`;
}

/** Lists which failures are the track's own, when the target itself is red. */
function failuresOf({ gate, target }: LandingFacts): readonly string[] {
  const { allowed = [], new: fresh = [] } = gate ?? {};
  const list = (ids: readonly string[]): readonly string[] =>
    ids.slice(0, mostFailures).map((id) => `- ${plainLine(id)}`);
  return [
    ...(fresh.length === 0 ? [] : [`## New failures: ${fresh.length}`, "", ...list(fresh), ""]),
    ...(allowed.length === 0
      ? []
      : [`## Failures that ${target} has too, and that may stay: ${allowed.length}`, ""]),
    ...(allowed.length === 0 ? [] : [...list(allowed), ""]),
  ];
}

const mostFailures = 50;

function whatToDo(track: Track, verdict: LandingVerdict): readonly string[] {
  const rebase = `1. In this worktree: \`git rebase ${track.target}\``;
  if (verdict.outcome === "conflict") {
    return [
      `${rebase}, and resolve the conflicts so that both sides' work stays.`,
      "2. Run the tests, and commit everything. Do not touch other branches.",
    ];
  }
  return [
    `${rebase}, so that you see what the gate saw.`,
    "2. Find out why it failed, mend it, and run the gate's command yourself.",
    "3. Commit everything. Do not weaken the tests, and do not touch other branches.",
  ];
}

/** Puts a text into a fence longer than any fence in it. */
function fenced(text: string): readonly string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return [fence, text, fence];
}

/** Words the choices of a person about a track that was handed back too often. */
function choice({ name }: Track): string {
  return [
    `${name} was handed back often enough. Choose:`,
    `  pleach start ${name}   once more, with a fresh worker`,
    `  pleach land ${name}    after you have mended it by hand`,
    `  pleach drop ${name}    give it up; its work is kept in a rescue ref`,
  ].join("\n");
}

/** Words the hint of a landing that was handed back, or would have been once more. */
export function handBackHint({ name, tries }: Track, limit: number): string {
  if (tries >= limit) {
    return `pleach start ${name} (a fresh worker), pleach land ${name} (mended by hand) or pleach drop ${name}`;
  }
  return `pleach run goes on with it, or pleach start ${name}; what it has to know is in pleach handoff ${name}`;
}
