import { resolve } from "node:path";
import { pullTarget } from "../../forge/pull.ts";
import { describeUpstream, lookUpstream } from "../../forge/upstream.ts";
import type { Config } from "../../ground/config/config.ts";
import { ExitCode, PleachError } from "../../ground/errors.ts";
import type { Ground } from "../../ground/ground.ts";
import type { TrackName } from "../../ground/ids.ts";
import { keepMemorySmall } from "../../ground/memory.ts";
import { isElsewhere, type ProcessIdentity } from "../../ground/proc/identity.ts";
import { type Lease, releaseLease, takeLease } from "../../ground/store/lease.ts";
import type { Mode } from "../../hosts/choice.ts";
import type { HostWish } from "../../hosts/host.ts";
import { renderPlan } from "../../plan/gantt.ts";
import { requireTasksCalled } from "../../run/called-tasks.ts";
import { Planner } from "../../run/planner.ts";
import { recoverAll } from "../../run/recover.ts";
import { requireBase } from "../../run/require-base.ts";
import { runBacklog } from "../../run/run.ts";
import type { RunOptions } from "../../run/run-state.ts";
import { runLease } from "../../run/running.ts";
import { exitCodeOfRun, formatSummary } from "../../run/summary.ts";
import { lostHosts } from "../../verbs/hosting.ts";
import { listed } from "./given-text.ts";
import { startPrinting } from "./live-run.ts";
import type { Context } from "./verb.ts";

export interface RunFlags {
  readonly workers?: number | undefined;
  readonly agent?: string | undefined;
  readonly host?: HostWish | undefined;
  readonly mode?: Mode | undefined;
  /** Task ids; each element may hold several, with commas. */
  readonly only?: readonly string[];
  /** The backlog, relative to where the command was started. */
  readonly file?: string | undefined;
  readonly noLand?: boolean;
  readonly noGate?: boolean;
  /** Do not try the gate on the target before work grows. */
  readonly noTry?: boolean;
  readonly offline?: boolean;
  readonly pull?: boolean;
  readonly json?: boolean;
}

export interface Conducted {
  readonly ground: Ground;
  readonly config: Config;
  /** Ask once, before anything starts, if somebody is there. */
  readonly confirm: boolean;
  readonly flags: RunFlags;
}

/** How long others may have the database before the run ends; what grows goes on without it. */
const databaseMs = 15 * 60_000;

/** The whole of `pleach run` once there is consent: plan, show, ask, run, sum up. */
export async function conduct(context: Context, conducted: Conducted): Promise<ExitCode> {
  const { ground } = conducted;
  keepMemorySmall();
  ground.store.wait({ ms: databaseMs, say: context.out.note });
  const lease = await requireTurn(ground);
  try {
    return await conductAlone(context, conducted);
  } finally {
    releaseLease(ground.store, lease);
  }
}

async function conductAlone(
  context: Context,
  { ground, config, confirm, flags }: Conducted,
): Promise<ExitCode> {
  const { out } = context;
  const json = flags.json === true;
  await recoverAll(ground, config);
  const upstream = await lookUpstream(ground, config, { offline: flags.offline === true });
  const pulled =
    flags.pull === true && upstream.kind === "known"
      ? await pullTarget(ground, config, upstream)
      : false;
  const news = pulled
    ? `${config.target} now has all of its upstream`
    : describeUpstream(upstream, config);
  if (news !== undefined) out.note(news);
  const landing = new Map<TrackName, string>();
  const options = await optionsOf(context, { ground, config, flags }, landing);
  const planner = new Planner(ground, config, options);
  const plan = await planner.plan();
  if (!json) {
    for (const line of renderPlan(plan, out.paper)) out.line(line);
    out.line();
    for (const warning of warnings(config, options)) out.note(warning);
    const lost = await lostHosts(ground, config, flags);
    if (lost !== null) out.note(lost);
  }
  const grows = plan.tracks.some(({ state }) => state === "planned");
  if (grows && flags.noTry !== true && !options.noGate) {
    const onNote = (text: string): void => out.note(text);
    const onBegin = json ? () => undefined : onNote;
    await requireBase(ground, config, { signal: options.signal, onNote, onBegin });
  }
  if (options.signal.aborted) return ExitCode.interrupted;
  const asks = !json && confirm && out.interactive;
  if (asks && !(await out.confirm("Go?"))) return ExitCode.interrupted;
  await planner.requireAgents();
  const after = ground.store.lastSeq();
  const printing = json ? "ndjson" : "lines";
  const printer = startPrinting(ground, out, {
    after,
    printing,
    landing,
    review: config.land.review,
  });
  const summary = await runBacklog(ground, config, options).finally(printer.stop);
  if (!json) for (const line of formatSummary(summary, out.roll)) out.line(line);
  return exitCodeOfRun(summary);
}

/** Lists the warnings that a person should hear before the run starts. */
function warnings({ land }: Config, { lands, noGate }: RunOptions): readonly string[] {
  if (!lands) return [];
  if (land.gate.length === 0) {
    return noGate
      ? ["no gate is configured: everything lands UNTESTED (--no-gate)"]
      : ["no gate is configured, so nothing will land: set `gate` under [land] in pleach.toml"];
  }
  return land.review === "human" ? ["review = human: ready tracks wait for `pleach land`"] : [];
}

async function optionsOf(
  context: Context,
  { ground, config, flags }: Pick<Conducted, "ground" | "config" | "flags">,
  landing: Map<TrackName, string>,
): Promise<RunOptions> {
  const { file, only = [] } = flags;
  const backlog =
    file === undefined
      ? resolve(ground.repo.top, config.tasks)
      : resolve(context.invocation.folder, file);
  return {
    workers: flags.workers ?? config.workers,
    agent: flags.agent,
    host: flags.host,
    mode: flags.mode,
    only: (await requireTasksCalled(ground, config, only.flatMap(listed), backlog)).map(
      ({ id }) => id,
    ),
    backlog,
    lands: flags.noLand !== true,
    attended: context.out.terminal.stdout,
    noGate: flags.noGate === true,
    signal: context.interruption(),
    onLanding: (track, note) => {
      if (note === undefined) landing.delete(track);
      else landing.set(track, note);
    },
  };
}

const placeOf = (owner: ProcessIdentity): string =>
  isElsewhere(owner) ? " of another PID namespace (a container)" : "";

/** Takes the lease of the run: a repository has one orchestrator. */
async function requireTurn(ground: Ground): Promise<Lease> {
  const taking = await takeLease(ground.store, runLease, ground.self, ground.clock.now());
  if (taking.kind === "taken") return taking.lease;
  const since = new Date(taking.since).toTimeString().slice(0, 8);
  throw new PleachError({
    code: "run/running",
    message:
      taking.kind === "held"
        ? `another pleach run works here: pid ${taking.owner.pid}, since ${since}`
        : `another pleach run may work here: pid ${taking.owner.pid}${placeOf(taking.owner)} cannot be looked at`,
    hint:
      taking.kind === "held" || !isElsewhere(taking.owner)
        ? "pleach events -f follows it; pleach ls shows what grows"
        : "end it there, or run this on the host, from where all containers can be seen; pleach events -f follows it",
    exitCode: ExitCode.failed,
  });
}
