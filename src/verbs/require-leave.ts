import { loadConfig } from "../ground/config/load.ts";
import { type Ground, type Invocation, openGround } from "../ground/ground.ts";
import { isTrackName } from "../ground/ids.ts";
import { findSpeaker } from "../grow/find-speaker.ts";
import type { Caller } from "./caller.ts";
import {
  askedOf,
  type LeaveStanding,
  leaveRefusal,
  notThePerson,
  type SaidCommand,
} from "./leave.ts";
import { findOwnTrack, findTrackCalled } from "./own-track.ts";

/**
 * Refuses to a worker what only the person may say; asked once, before any verb runs.
 * @throws PleachError `speaker/not-the-person`, `speaker/another-track` (exit 3)
 */
export async function requireLeave(
  invocation: Invocation,
  caller: Caller,
  command: SaidCommand,
): Promise<void> {
  const { named } = command;
  const asked = askedOf(command);
  if (asked === undefined) return;
  const ground = await openGround(invocation, "state");
  try {
    const speaker = await findSpeaker(ground);
    if (speaker.kind === "unknown") {
      caller.note(`note: who says this cannot be looked up (${speaker.why}); it is taken for you`);
    }
    if (speaker.kind === "person" || speaker.kind === "unknown") return;
    const refusal = leaveRefusal(asked, { speaker, ...(await factsOf(ground, named)) });
    if (refusal === undefined) return;
    const { said, error } = refusal;
    const track = speaker.kind === "worker" ? { track: speaker.track } : {};
    ground.store.transaction(() =>
      ground.store.append({ type: "worker.overreached", said, ...track }),
    );
    throw error;
  } finally {
    ground.store.close();
  }
}

/** Gathers the facts of the tracks that are meant; with none named, of the track the command is said in. */
async function factsOf(
  ground: Ground,
  named: readonly string[],
): Promise<Omit<LeaveStanding, "speaker">> {
  const own = named.length === 0 ? findOwnTrack(ground) : undefined;
  const called = await Promise.all(named.map(async (name) => await findTrackCalled(ground, name)));
  const tracks = called.flatMap((track) => track ?? []);
  const [first] = named;
  const track = called[0]?.name ?? (first !== undefined && isTrackName(first) ? first : undefined);
  return {
    track: first === undefined ? own?.name : track,
    isReviewed: (await loadConfig(ground)).land.review === "human",
    isWaiting: [...tracks, ...(own === undefined ? [] : [own])].some(
      ({ at }) => at.state === "needs-human",
    ),
  };
}

/**
 * Refuses a question of ours to a worker that has a terminal of its own to answer it in.
 * @throws PleachError `speaker/not-the-person` (exit 3)
 */
export async function requirePerson(ground: Ground, words: string): Promise<void> {
  const speaker = await findSpeaker(ground);
  if (speaker.kind === "worker" || speaker.kind === "line") throw notThePerson(words, speaker);
}
