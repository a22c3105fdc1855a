import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Havoc, wreak } from "./havoc.ts";
import { faultsOf, type TrackShown } from "./invariants.ts";
import { processesOf, signal } from "./processes.ts";
import { randomFrom } from "./random.ts";
import { git, makeScene, pleach, type Ran, type Scene } from "./scene.ts";

export interface Outcome {
  readonly faults: readonly string[];
  readonly story: readonly string[];
  readonly states: Readonly<Record<string, number>>;
  readonly hasDisk: boolean;
}

const runVerb = ["run", "--yes", "--offline"] as const;
/** The time limit of a run that brings everything to an end: four minutes, in milliseconds. */
const runMs = 240_000;
const goesOn = ["restored", "needs-human", "failed", "ready", "growing", "handed-back"];

/** Plays one round: lets everything run, and disturbs it; then leaves it alone, and looks at it. */
export async function playRound(
  seed: number,
  { count, keeps }: { readonly count: (what: string) => void; readonly keeps: boolean },
): Promise<Outcome> {
  const scene = makeScene(seed);
  let isKept = false;
  try {
    await disturb({ scene, random: randomFrom(seed), undo: new Set(), count });
    const tracks = await settle(scene);
    const states: Record<string, number> = {};
    for (const { state } of tracks) states[state] = (states[state] ?? 0) + 1;
    for (const { name, state, detail } of tracks)
      scene.story.push(`  at last ${name}: ${state} ${detail}`);
    const faults = faultsOf(scene, tracks);
    if (faults.length > 0) {
      const refs = git(scene, "for-each-ref", "--format=%(refname) %(objectname:short)");
      for (const ref of refs.split("\n")) scene.story.push(`  at last ${ref}`);
      isKept = keeps;
      if (keeps) scene.story.push(`  kept in ${scene.folder}`);
    }
    return { faults, story: scene.story, states, hasDisk: scene.hasDisk };
  } finally {
    for (const { pid } of processesOf(scene)) signal(pid, "SIGKILL");
    if (!isKept) scene.remove();
  }
}

async function disturb(havoc: Havoc): Promise<void> {
  const { scene, random, undo } = havoc;
  let run: Ran = pleach(scene, ...runVerb);
  const until = performance.now() + random.between(6_000, 14_000);
  while (performance.now() < until) {
    await wait(random.between(100, 900));
    wreak(havoc);
    if (run.isOver() && random.whole(2) === 0) run = pleach(scene, ...runVerb);
  }
  for (const act of [...undo]) act();
  rmSync(join(scene.folder, "skew"), { force: true });
  for (const { pid } of processesOf(scene)) signal(pid, "SIGCONT");
  scene.story.push("  -- left alone");
  await within(run.ended, runMs);
}

/** Does a person's part afterwards: runs again, and lets tracks that stand still go on. */
async function settle(scene: Scene): Promise<readonly TrackShown[]> {
  for (let again = 0; again < 4; again += 1) {
    await until(() => processesOf(scene).every(({ role }) => role !== "verb" && role !== "run"));
    removeLocks(scene);
    const before = await tracksOf(scene);
    for (const { name, state } of before.filter((one) => goesOn.includes(one.state))) {
      // The havoc restored the track after its work had landed: put it away again.
      if (state === "restored") await within(pleach(scene, "drop", name, "--yes").ended, 60_000);
      if (state === "needs-human" || state === "failed") {
        await within(pleach(scene, "start", name, "--yes").ended, 60_000);
      }
    }
    const ran = pleach(scene, ...runVerb);
    await within(ran.ended, runMs);
    if (!ran.isOver()) {
      scene.story.push("  the run does not end");
      signal(ran.pid, "SIGKILL");
    }
    const tracks = await tracksOf(scene);
    if (tracks.every(({ state }) => state === "landed" || state === "dropped")) break;
  }
  await until(() => processesOf(scene).length === 0);
  return await tracksOf(scene);
}

/** Removes locks of a killed git, as a person would: the hint says so. */
function removeLocks({ top }: Scene): void {
  const folders = [join(top, ".git"), ...adminFolders(join(top, ".git/worktrees"))];
  for (const folder of folders) {
    for (const name of ["index.lock", "HEAD.lock"]) rmSync(join(folder, name), { force: true });
  }
}

const adminFolders = (folder: string): readonly string[] =>
  existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];

async function tracksOf(scene: Scene): Promise<readonly TrackShown[]> {
  const listed = pleach(scene, "ls", "--all", "--json");
  await within(listed.ended, 60_000);
  const text = listed.said();
  try {
    const document = JSON.parse(text.slice(text.indexOf("{"))) as {
      readonly tracks: readonly {
        readonly track?: string;
        readonly name?: string;
        readonly state: unknown;
        readonly detail?: string;
      }[];
    };
    return document.tracks.map((one) => ({
      name: one.track ?? one.name ?? "?",
      state: String(one.state),
      detail: one.detail ?? "",
    }));
  } catch {
    scene.story.push(`  ls gave no document: ${text}`);
    return [{ name: "?", state: "unlisted", detail: text.slice(0, 200) }];
  }
}

async function within(ended: Promise<unknown>, ms: number): Promise<void> {
  const over = new AbortController();
  await Promise.race([ended, wait(ms, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
}

async function until(holds: () => boolean): Promise<void> {
  const limit = performance.now() + 30_000;
  while (!holds() && performance.now() < limit) await wait(200);
}
