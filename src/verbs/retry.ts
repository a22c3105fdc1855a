import type { Config } from "../ground/config/config.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { branchRef, requireCommit } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import { restartTrack } from "../grow/restart.ts";
import { startTrack } from "../grow/start.ts";
import { tellTrack } from "../talk/tell.ts";
import { isLive, type Track, type TrackSeed } from "../track/track.ts";
import { isOver } from "../worker/worker.ts";
import { latestWorker } from "../worker/worker-store.ts";
import { requireTrackCalled } from "./own-track.ts";
import type { Project } from "./project.ts";

/** Lets the work of the track that goes by a name be done again; see `retryTrack`. */
export async function retryNamed(
  { ground, config }: Project,
  { track: called, prompt }: { readonly track: string; readonly prompt: string | undefined },
): Promise<{ readonly track: Track; readonly how: "goes-on" | "anew" }> {
  const track = await requireTrackCalled(ground, called);
  return { track, how: await retryTrack(ground, config, track, prompt) };
}

/**
 * Lets a new worker do a track's work again: on what is there, or from the target's tip where
 * nothing is. Words of a person reach it as a message with its first turn.
 * @throws PleachError `retry/working`, `retry/landed`, `start/failed`, and what a restart throws
 */
async function retryTrack(
  ground: Ground,
  config: Config,
  track: Track,
  prompt: string | undefined,
): Promise<"goes-on" | "anew"> {
  const worker = latestWorker(ground.store, track.name);
  if (isLive(track) && worker !== undefined && !isOver(worker)) throw working(track);
  if (track.at.state === "landed") throw landed(track);
  if (isLive(track)) {
    if (prompt !== undefined) await tell(ground, track, prompt);
    const launched = await restartTrack(ground, config, track.name);
    if (launched.kind === "started") return "goes-on";
    throw failed(track, launched.reason);
  }
  const base = await requireCommit(ground.git, branchRef(config.target));
  const started = await startTrack(ground, config, seedAgain(track, base, prompt));
  if (started.kind === "started") return "anew";
  throw failed(track, started.reason);
}

async function tell(ground: Ground, track: Track, text: string): Promise<void> {
  await tellTrack(ground, track, { from: { kind: "human" }, text, replyTo: null });
}

function seedAgain(track: Track, base: TrackSeed["base"], prompt: string | undefined): TrackSeed {
  const { at: _at, since: _since, tries: _tries, createdAt: _created, ...seed } = track;
  const words = [seed.prompt, prompt ?? ""].filter((text) => text !== "");
  return { ...seed, base, prompt: words.join("\n\n") };
}

function working({ name }: Track): PleachError {
  return new PleachError({
    code: "retry/working",
    message: `track ${name} has a worker that is at work`,
    hint: `pleach tell ${name} "…" says something to it; pleach stop ${name} ends it, then retry`,
    exitCode: ExitCode.failed,
  });
}

function landed({ name, tasks }: Track): PleachError {
  const ids = tasks.map(({ id }) => id).join(" ");
  return new PleachError({
    code: "retry/landed",
    message: `track ${name} has landed`,
    hint: `pleach start ${name}-2 -p "…" builds on it${ids === "" ? "" : `; pleach land --undo takes the last landing back`}`,
    exitCode: ExitCode.usage,
  });
}

function failed({ name }: Track, reason: string): PleachError {
  return new PleachError({
    code: "start/failed",
    message: `track ${name} could not be started: ${reason}`,
    hint: `mend it, then: pleach retry ${name}`,
    exitCode: ExitCode.failed,
  });
}
