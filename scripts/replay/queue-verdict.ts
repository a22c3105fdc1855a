import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ReplayTask } from "./choose.ts";
import { gitIn, type ReplayGit } from "./git.ts";
import { formatBacklog, type Scene } from "./scene.ts";

export interface QueuedTrack {
  readonly name: string;
  readonly task: ReplayTask;
  readonly tip: string;
}

/** The part of `pleach land --json` about one track. */
export interface Landing {
  readonly track: string;
  readonly union?: readonly string[];
  readonly outcome: string;
  readonly detail?: string;
  readonly commit?: string;
  readonly paths: readonly string[];
}

interface QueueEvent {
  readonly type: string;
  readonly track?: string;
  readonly onto?: string;
}

export interface Played {
  readonly tracks: readonly QueuedTrack[];
  readonly landings: readonly Landing[];
  readonly events: readonly QueueEvent[];
  readonly seconds: number;
}

interface Ended extends Played {
  /** The target before anything landed. */
  readonly start: string;
  /** The commit that the gate compares with. */
  readonly base: string;
}

/** Holds the outcome of each track against plain git. */
export function verdictOf(
  scene: Scene,
  ended: Ended,
): { readonly lines: readonly string[]; readonly holds: boolean } {
  const { git } = scene;
  const { tracks, landings, events, seconds, start } = ended;
  const apart = join(scene.scratch, "by-hand");
  git.text("worktree", "add", "--quiet", "--detach", apart, start);
  const hand = gitIn(apart);
  const landed = inOrder(git, start, landings);
  const of = (outcome: string): readonly Landing[] =>
    landings.filter((landing) => landing.outcome === outcome);
  const backs = [...of("conflict"), ...of("red")];
  const faults = [
    ...landings
      .filter(({ outcome }) => !["landed", "conflict", "red"].includes(outcome))
      .map(({ track, outcome, detail }) => `${track}: ${outcome}: ${detail}`),
    ...backs.flatMap((landing) => wronglyBack(hand, landing, ended)),
    ...differences(hand, scene, landed, ended),
    ...redTips(hand, landed, ended.base),
  ];
  const merges = git.text("rev-list", "--count", "--merges", `${start}..main`);
  if (merges !== "0") faults.push(`the history has ${merges} merges`);
  const dirt = git.text("status", "--porcelain");
  if (dirt !== "") faults.push(`the checkout is dirty: ${dirt}`);
  const gates = events.filter(({ type }) => type === "gate.started").length;
  const unions = new Set(landed.map(({ commit }) => commit)).size;
  const lines = [
    ...landings.map((landing) => tell(landing, tracks)),
    "",
    `${landings.length} tracks: ${landed.length} landed in ${unions} landings, ${of("conflict").length} handed back for a conflict, ${of("red").length} for a red gate`,
    `${gates} gates, ${seconds.toFixed(1)} s by the clock`,
    ...(faults.length === 0
      ? ["plain git confirms each of them"]
      : faults.map((fault) => `NO  ${fault}`)),
  ];
  return { lines, holds: faults.length === 0 };
}

function tell({ track, outcome, paths }: Landing, tracks: readonly QueuedTrack[]): string {
  const task = tracks.find(({ name }) => name === track)?.task;
  const why = outcome === "landed" ? "" : ` [${paths.join(", ")}]`;
  return `${track.padEnd(4)} ${task?.sha.slice(0, 9)} ${outcome.padEnd(8)} ${task?.subject.slice(0, 60)}${why}`;
}

/** Sorts the landings into the order in which their commits stand in the target. */
function inOrder(git: ReplayGit, start: string, landings: readonly Landing[]): readonly Landing[] {
  const line = git.text("rev-list", "--reverse", `${start}..main`).split("\n");
  return landings
    .filter(({ outcome }) => outcome === "landed")
    .toSorted((a, b) => {
      const apart = line.indexOf(a.commit ?? "") - line.indexOf(b.commit ?? "");
      const place = ({ union, track }: Landing): number => union?.indexOf(track) ?? 0;
      return apart === 0 ? place(a) - place(b) : apart;
    });
}

/**
 * Finds a track that came back wrongly: plain git, picking it by hand onto the commit it was tried
 * on, says otherwise.
 */
function wronglyBack(hand: ReplayGit, landing: Landing, ended: Ended): readonly string[] {
  const { track, outcome, paths } = landing;
  const stopped = ended.events.findLast(
    (event) => event.type === "landing.stopped" && event.track === track,
  );
  const tip = ended.tracks.find(({ name }) => name === track)?.tip;
  if (stopped?.onto === undefined || tip === undefined) return [`${track}: not recorded`];
  hand.text("checkout", "--quiet", "--detach", stopped.onto);
  const fits = hand.find("cherry-pick", tip) !== undefined;
  const open = hand.fields("diff", "--name-only", "--diff-filter=U", "-z");
  if (!fits) hand.find("cherry-pick", "--abort");
  if (outcome === "red") {
    return fits && !isGreen(hand, ended.base) ? [] : [`${track}: its gate is green by hand`];
  }
  if (fits || open.length === 0) return [`${track}: git has no conflict in it`];
  const same = open.toSorted().join() === [...paths].toSorted().join();
  return same ? [] : [`${track}: git conflicts in ${open.join(", ")}, not in ${paths.join(", ")}`];
}

/**
 * Finds differences from picking all landed tracks one after the other by hand, and ticking them.
 */
function differences(
  hand: ReplayGit,
  { scratch, git }: Scene,
  landed: readonly Landing[],
  { tracks, start }: Ended,
): readonly string[] {
  hand.text("checkout", "--quiet", "--detach", start);
  const byName = new Map(tracks.map((track) => [track.name, track]));
  for (const { track } of landed) {
    if (hand.find("cherry-pick", byName.get(track)?.tip ?? "") !== undefined) continue;
    hand.find("cherry-pick", "--abort");
    return [`${track} has landed, and by hand it conflicts`];
  }
  const done = new Set(landed.map(({ track }) => byName.get(track)?.task.id));
  const ticked = formatBacklog(tracks.map(({ task }) => task)).replaceAll(
    /- \[ \] (.*?) {2}id:(T\d+) /g,
    (line, _subject, id: string) => (done.has(id) ? line.replace("[ ]", "[x]") : line),
  );
  const file = join(scratch, "TASKS.md");
  writeFileSync(file, ticked);
  const differing = git.fields("diff", "--name-only", "-z", hand.text("rev-parse", "HEAD"), "main");
  const other = differing.filter((path) => path !== "TASKS.md");
  const blob = git.text("hash-object", file);
  return [
    ...other.map((path) => `${path} is not what git makes of it by hand`),
    ...(git.text("rev-parse", "main:TASKS.md") === blob ? [] : ["the ticks are not those landed"]),
  ];
}

/** Finds tips of the target that are red when tested by hand. */
function redTips(hand: ReplayGit, landed: readonly Landing[], base: string): readonly string[] {
  const tips = new Set(landed.flatMap(({ commit }) => commit ?? []));
  return [...tips].flatMap((tip) => {
    hand.text("checkout", "--quiet", "--detach", tip);
    return isGreen(hand, base) ? [] : [`${tip} is red`];
  });
}

function isGreen({ folder }: ReplayGit, base: string): boolean {
  const gate = join(import.meta.dirname, "gate.ts");
  return spawnSync(process.execPath, [gate, base], { cwd: folder }).status === 0;
}
