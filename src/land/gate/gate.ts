import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Sha, TrackName } from "../../ground/ids.ts";
import { type LineResult, runLine } from "../../ground/proc/line.ts";
import { describeEnding, type ExactEnv } from "../../ground/proc/run.ts";
import { plain, plainLine, unstyled } from "../../ground/text.ts";
import {
  cleanSlot,
  hasStrayRepository,
  lookAtSlot,
  markPassed,
  markUsed,
  showIndex,
  stagedByGate,
} from "../landing/clean-slot.ts";
import { gateEnvironment, gateKey } from "../landing/gate-environment.ts";
import type { GateReport, LandingFacts, LandingVerdict } from "../landing/landing.ts";
import { refused, type Site } from "../landing/site.ts";
import { provisionIntegration } from "../landing/slot-worktree.ts";
import { type Allowance, Excuses, type RedRecord } from "./excuses.ts";
import {
  findGateResult,
  recordGateBegun,
  recordGateExcused,
  recordGateFailed,
  recordGatePassed,
} from "./gate-store.ts";
import { logSize, readRed, withRed } from "./red.ts";
import { readReports } from "./report-files.ts";

/**
 * The part of a landing's facts that its gate is about; the target's own tip is gated by it, too.
 */
export type GateFacts = Pick<LandingFacts, "commit" | "tree" | "onto"> & {
  readonly as?: LandingFacts["as"] | "base";
  /** The failures that are allowed and do not stop the gate. */
  readonly may?: Allowance;
};

/** Runs the gate, in the landing's own worktree, on exactly the commit that would land. */
export async function runGate(site: Site, facts: GateFacts): Promise<Partial<LandingFacts>> {
  const { commit, tree, onto } = facts;
  if (commit === undefined || tree === undefined || onto === undefined) {
    throw new Error("there is nothing to test");
  }
  const { ground, config } = site;
  const env = await gateEnvironment(site);
  const gate = await gateKey(site, env);
  const run = {
    id: site.id,
    tracks: facts.as === "base" ? [] : tracksOf(site),
    as: facts.as ?? "alone",
    tree,
    gate,
  } as const;
  const command = config.land.gate.map((step) => step.command).join(" && ");
  const known = findGateResult(ground.store, tree, gate);
  if (known !== undefined) {
    site.progress({ kind: "note", text: "the gate has passed on this very tree before" });
    return { gate: { command, exitCode: 0, seconds: known.seconds } };
  }
  const unready = await provisionIntegration(site, onto, env);
  if (unready !== undefined) {
    const evidence = tailOf(unready.logFile);
    return { verdict: { ...unreadyVerdict(unready), evidence } };
  }
  const unclean = await requireClean(site, commit);
  if (unclean !== undefined) return { verdict: unclean };
  recordGateBegun(ground, run);
  markUsed(site);
  await showIndex(site);
  const ran = await runSteps(site, env, facts.may ?? []);
  const { seconds, red } = ran;
  const failed = { ...run, seconds, ...(red === undefined ? {} : { red }) };
  if (ran.verdict !== undefined) {
    recordGateFailed(ground, { ...failed, outcome: ran.verdict.outcome });
    const { gate: report, verdict } = ran;
    return report === undefined ? { verdict } : { gate: report, verdict };
  }
  const passed: GateReport = ran.gate ?? { command, exitCode: 0, seconds };
  const written = await findWritten(site, commit, { isGreen: red === undefined });
  if (written.length > 0) {
    recordGateFailed(ground, { ...run, seconds, outcome: "red" });
    return { gate: passed, verdict: writtenVerdict(site, written) };
  }
  if (red !== undefined) {
    recordGateExcused(ground, { ...run, seconds, red });
    return { gate: passed };
  }
  const flaky = recordGatePassed(ground, { ...run, seconds });
  if (!flaky) return { gate: passed };
  const text = "the gate is flaky: it has failed on this very tree before, and passes now";
  site.progress({ kind: "note", text });
  return { gate: { ...passed, flaky } };
}

interface Ran {
  readonly seconds: number;
  /** The failures, excused or not. */
  readonly red?: RedRecord;
  /** The report of the step that decided, when a step was red. */
  readonly gate?: GateReport;
  /** The reason why the commit may not land. */
  readonly verdict?: LandingVerdict;
}

/**
 * Runs the steps in the order they are written, each within the time limit, until one does not
 * pass.
 */
async function runSteps(site: Site, env: ExactEnv, may: Allowance): Promise<Ran> {
  const { gate, timeoutMs } = site.config.land;
  const isNamed = gate.length > 1;
  const excuses = new Excuses(may, { isNamed });
  let seconds = 0;
  let first: Pick<GateReport, "command" | "exitCode"> | undefined;
  let verdict: LandingVerdict | undefined;
  for (const { name, command } of gate) {
    if (isNamed) site.progress({ kind: "note", text: `gate: ${plainLine(name)}` });
    const from = logSize(site.logFile);
    const begun = site.ground.clock.now();
    const result = await runShown(site, command, { env, timeoutMs });
    seconds = round(seconds + result.seconds);
    const found = verdictOn(site, command, result);
    if (found === undefined) continue;
    const exitCode = result.ending.kind === "exited" ? result.ending.code : null;
    const reports = await readReports(site, begun);
    const red = readRed(site.logFile, from, { command, exitCode, reports });
    const told = withRed(found, red);
    const named = `${plainLine(name)}: ${told.detail}`;
    const said = isNamed ? { ...told, detail: named } : told;
    first ??= { command, exitCode };
    verdict = excuses.hear({ name, command, exitCode, red, verdict: said });
    if (verdict === undefined) continue;
    first = { command, exitCode };
    break;
  }
  const record = excuses.record(seconds);
  return {
    seconds,
    ...(record === undefined ? {} : { red: record }),
    ...(first === undefined ? {} : { gate: { ...first, seconds, ...excuses.told } }),
    ...(verdict === undefined ? {} : { verdict }),
  };
}

const tracksOf = ({ track, others }: Site): readonly TrackName[] =>
  [track, ...others].map(({ name }) => name);

const round = (seconds: number): number => Math.round(seconds * 1_000) / 1_000;

const tailInterval = 100;

/**
 * Runs a configured line in the landing's worktree, its output in the log and shown as it comes.
 */
export async function runShown(
  site: Site,
  line: string,
  { env, timeoutMs }: { readonly env: ExactEnv; readonly timeoutMs: number },
): Promise<LineResult> {
  const { ground, folder, logFile, signal } = site;
  const log = openSync(logFile, "a+", 0o600);
  let at = fstatSync(log).size;
  const show = (isOver: boolean): void => {
    const chunk = Buffer.alloc(64 * 1024);
    for (;;) {
      const read = readSync(log, chunk, 0, chunk.length, at);
      // A line, a character or a style that is still being written waits for its end.
      const line = chunk.lastIndexOf("\n", Math.max(0, read - 1)) + 1;
      const whole = isOver || read === chunk.length ? line || read : line;
      if (read === 0 || whole === 0) return;
      site.progress({ kind: "output", text: chunk.toString("utf8", 0, whole) });
      at += whole;
    }
  };
  const timer = setInterval(() => show(false), tailInterval);
  try {
    const cwd = folder;
    const { clock } = ground;
    const abort = signal === undefined ? {} : { signal };
    return await runLine(line, {
      ...{ cwd, env, clock, logFile, timeoutMs },
      leftovers: "end",
      ...abort,
    });
  } finally {
    clearInterval(timer);
    show(true);
    closeSync(log);
  }
}

const tailBytes = 64 * 1024;
const tailLines = 200;

/** Reads the end of a log, as a worker or a person may see it. */
export function tailOf(logFile: string): string {
  const log = openSync(logFile, "r");
  try {
    const { size } = fstatSync(log);
    const chunk = Buffer.alloc(Math.min(size, tailBytes));
    readSync(log, chunk, 0, chunk.length, size - chunk.length);
    return plain(unstyled(chunk.toString())).trimEnd().split("\n").slice(-tailLines).join("\n");
  } finally {
    closeSync(log);
  }
}

/** Judges how a configured line ended; undefined when it passed. */
export function verdictOn(
  site: Site,
  line: string,
  { ending }: LineResult,
): LandingVerdict | undefined {
  if (ending.kind === "exited" && ending.code === 0) return undefined;
  if (ending.kind === "cancelled") {
    return {
      outcome: "refused",
      reason: "interrupted",
      detail: `\`${line}\` was interrupted`,
      hint: `pleach land ${site.track.name} tries again`,
      paths: [],
    };
  }
  const late = ending.kind === "timed-out";
  const limit = `did not end within ${Math.round(site.config.land.timeoutMs / 1_000)} s`;
  return {
    outcome: late ? "timeout" : "red",
    reason: late ? "timeout" : "gate",
    detail: `\`${line}\`: ${late ? limit : describeEnding(ending)}`,
    hint: `the whole output: ${site.logFile}`,
    paths: [],
    evidence: tailOf(site.logFile),
  };
}

/** Makes sure that the worktree about to be tested is the commit, and nothing besides. */
async function requireClean(site: Site, commit: Sha): Promise<LandingVerdict | undefined> {
  if ((await lookAtSlot(site, commit)).isClean) return undefined;
  await cleanSlot(site, commit);
  const { isClean, changed } = await lookAtSlot(site, commit);
  if (isClean) return undefined;
  const paths = changed.slice(0, 4).join(", ");
  return refused("unclean", {
    detail: `a fresh checkout in ${site.folder} differs from ${commit.slice(0, 10)}: ${paths}`,
    hint: `git -C '${site.folder}' status shows why, mostly line endings or a filter: git add --renormalize . in a commit of its own mends those`,
    paths: changed,
  });
}

/**
 * Lists the tracked paths that the gate has changed or staged, and `HEAD` when the gate moved it.
 */
async function findWritten(
  site: Site,
  commit: Sha,
  { isGreen }: { readonly isGreen: boolean },
): Promise<readonly string[]> {
  const [{ changed, isClean }, staged, isStray] = await Promise.all([
    lookAtSlot(site, commit),
    stagedByGate(site, commit),
    hasStrayRepository(site),
  ]);
  const written = [...new Set([...changed, ...staged])];
  if (written.length > 0) return written;
  // Leftovers of a red gate do not stay, even when its failures were allowed.
  if (!isStray && isGreen) markPassed(site);
  site.slot.isClean = isClean && !isStray && isGreen;
  return [];
}

function writtenVerdict(site: Site, paths: readonly string[]): LandingVerdict {
  const detail = `the gate wrote into the tree it tested: ${paths.slice(0, 4).join(", ")}`;
  const hint = `let the gate write elsewhere or commit what it writes; its output: ${site.logFile}`;
  const evidence = tailOf(site.logFile);
  return { outcome: "red", reason: "gate-wrote", detail, hint, paths, evidence };
}

function unreadyVerdict(unready: {
  readonly detail: string;
  readonly ours: boolean;
  readonly logFile: string;
}): LandingVerdict {
  const detail = `the worktree for the gate could not be made ready: ${unready.detail}`;
  const hint = `the whole output: ${unready.logFile}`;
  if (!unready.ours) return refused("setup", { detail, hint });
  return { outcome: "red", reason: "setup", detail, hint, paths: [] };
}
