import { requireAgent } from "../agents/known.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { parseTrackName, type TrackName } from "../ground/ids.ts";
import { restartTrack } from "../grow/restart.ts";
import { startTrack } from "../grow/start.ts";
import type { Mode } from "../hosts/choice.ts";
import type { HostWish } from "../hosts/host.ts";
import { requireMode } from "../run/plan/seed.ts";
import { recoverAll } from "../run/recover.ts";
import { isLive, type Track } from "../track/track.ts";
import { findTrack } from "../track/track-store.ts";
import { seedByHand } from "./by-hand.ts";
import type { Caller } from "./caller.ts";
import { lostHost } from "./hosting.ts";
import { findTrackCalled } from "./own-track.ts";
import { consentTo, type Project } from "./project.ts";

export interface StartRequest {
  /** The track; a track that stands still goes on with a new worker. */
  readonly name: string;
  /** The work to be done, read once there is consent; undefined: none was given. */
  readonly prompt: (() => string | undefined) | undefined;
  readonly tasks: readonly string[];
  readonly agent: string | undefined;
  readonly mode: Mode | undefined;
  readonly host: HostWish | undefined;
  readonly base: string | undefined;
  readonly yes: boolean;
}

/** A track that grows since the verb was said. */
export interface StartedTrack {
  readonly kind: "goes-on" | "new";
  readonly track: TrackName;
  readonly worktree: string;
}

/**
 * Starts one track by hand, or goes on with a track that stands still.
 * @throws PleachError `start/failed`, `track/live`, and what consent and agents throw
 */
export async function startNamed(
  project: Project,
  request: StartRequest,
  caller: Caller,
): Promise<StartedTrack> {
  const { ground, config } = project;
  const { tasks, agent, base, host, mode } = request;
  // Tasks may name an agent of their own.
  if (request.prompt !== undefined && tasks.length === 0) {
    requireAgent(config, agent ?? config.agent);
  }
  await consentTo(project, caller, { yes: request.yes });
  await recoverAll(ground, config);
  const prompt = request.prompt?.();
  const isNew = prompt !== undefined || tasks.length > 0;
  // A new track gets the very name; an existing track is found by its name, its task or a beginning.
  const called = isNew ? undefined : await findTrackCalled(ground, request.name);
  const name = called?.name ?? parseTrackName(request.name);
  const former = called ?? findTrack(ground.store, name);
  if (former !== undefined && isLive(former)) {
    if (isNew) throw alreadyThere(name);
    return await goOn(project, former, request, caller);
  }
  const seed = await seedByHand(ground, config, { name, prompt, tasks, agent, base, host, mode });
  const lost = await lostHost(ground, seed);
  if (lost !== null) caller.note(lost);
  caller.note(`making ${seed.worktree} and setting it up …`);
  const started = await startTrack(ground, config, seed);
  if (started.kind === "started") return { kind: "new", track: name, worktree: seed.worktree };
  throw new PleachError({
    code: "start/failed",
    message: `track ${name} could not be started: ${started.reason}`,
    hint: `mend it, then: pleach start ${name} …; nothing was left behind`,
    exitCode: ExitCode.failed,
  });
}

/** Lets a new worker go on with a track, where and how the person wishes it now. */
async function goOn(
  { ground, config }: Project,
  former: Track,
  { host, mode }: Pick<StartRequest, "host" | "mode">,
  caller: Caller,
): Promise<StartedTrack> {
  const wish = { host: host ?? former.host, mode: mode ?? former.mode };
  requireMode(config, former.agent, wish.mode);
  const lost = await lostHost(ground, wish);
  if (lost !== null) caller.note(lost);
  await restartTrack(ground, config, former.name, wish);
  return { kind: "goes-on", track: former.name, worktree: former.worktree };
}

function alreadyThere(name: TrackName): PleachError {
  return new PleachError({
    code: "track/live",
    message: `track ${name} is there already, with a task of its own`,
    hint: `pleach start ${name} without a prompt goes on with it; for something new, choose another name`,
    exitCode: ExitCode.usage,
  });
}
