import { spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { processesOf, type Role, signal } from "./processes.ts";
import type { Random } from "./random.ts";
import { keep, partOf, pleach, type Scene, tryGit } from "./scene.ts";

export interface Havoc {
  readonly scene: Scene;
  readonly random: Random;
  /** Acts to be undone when the round settles; each may be called at any time. */
  readonly undo: Set<() => void>;
  readonly count: (what: string) => void;
}

type Act = (havoc: Havoc) => void;

/** The acts, each with how often it is drawn. */
const acts: readonly (readonly [weight: number, name: string, act: Act])[] = [
  [4, "kill run", kill("run")],
  [4, "kill supervisor", kill("supervisor")],
  [4, "kill agent", kill("agent")],
  [4, "kill gate", kill("gate")],
  [2, "kill verb", kill("verb")],
  [3, "kill git", kill("git")],
  [6, "stop", stop],
  [3, "hold index", holdIndex],
  [2, "hold database", holdDatabase],
  [2, "gc", gc],
  [3, "move target", moveTarget],
  [2, "fill disk", fillDisk],
  [2, "jump clock", jumpClock],
  [6, "verb", verb],
];

/** Does one act, drawn at random, to the running processes. */
export function wreak(havoc: Havoc): void {
  const all = acts.flatMap(([weight, name, act]) =>
    Array.from({ length: weight }, () => [name, act] as const),
  );
  const [name, act] = havoc.random.pick(all) ?? [];
  if (name === undefined || act === undefined) return;
  havoc.count(name);
  act(havoc);
}

function kill(role: Role): Act {
  return ({ scene, random }) => {
    const victim = random.pick(processesOf(scene).filter((one) => one.role === role));
    if (victim === undefined) return;
    scene.story.push(`  kill -9 ${victim.pid}: ${victim.words.slice(-120)}`);
    signal(victim.pid, "SIGKILL");
  };
}

function later(havoc: Havoc, ms: number, act: () => void): void {
  const once = (): void => {
    if (!havoc.undo.delete(once)) return;
    act();
  };
  havoc.undo.add(once);
  setTimeout(once, ms);
}

function stop(havoc: Havoc): void {
  const { scene, random } = havoc;
  const victim = random.pick(processesOf(scene));
  if (victim === undefined) return;
  const ms = random.whole(4) === 0 ? random.between(5_500, 8_000) : random.between(100, 2_000);
  scene.story.push(`  stop ${victim.pid} for ${Math.round(ms)} ms: ${victim.words.slice(-120)}`);
  signal(victim.pid, "SIGSTOP");
  later(havoc, ms, () => signal(victim.pid, "SIGCONT"));
}

function holdIndex(havoc: Havoc): void {
  const { scene, random } = havoc;
  const file = join(scene.top, ".git/index.lock");
  try {
    writeFileSync(file, "", { flag: "wx" });
  } catch {
    return;
  }
  const ms = random.between(300, 3_000);
  scene.story.push(`  hold index.lock for ${Math.round(ms)} ms`);
  later(havoc, ms, () => rmSync(file, { force: true }));
}

function holdDatabase(havoc: Havoc): void {
  const { scene, random } = havoc;
  const file = join(scene.top, ".git/pleach/state.db");
  if (!existsSync(file)) return;
  const ms = random.between(500, 12_000);
  scene.story.push(`  hold the database for ${Math.round(ms)} ms`);
  const child = spawn(process.execPath, [partOf("hold.cjs"), file, String(ms)], {
    stdio: "ignore",
  });
  later(havoc, ms + 2_000, () => void child.kill("SIGKILL"));
}

/** `-A`, not `-a`: git itself loses what another process takes up again from a pack while `-a -d` runs. */
function gc({ scene, random }: Havoc): void {
  const how = random.whole(2) === 0 ? ["gc", "--quiet"] : ["repack", "-A", "-d", "-q"];
  scene.story.push(`  git ${how.join(" ")}`);
  const child = spawn("git", how, { cwd: scene.top, env: { ...scene.env }, stdio: "ignore" });
  child.unref();
}

/** Makes a commit of the user's, in their checkout. */
function moveTarget({ scene, random }: Havoc): void {
  const name = `user-${random.whole(1e9)}.txt`;
  try {
    writeFileSync(join(scene.top, name), `${name}\n`);
  } catch {
    // On a full disk the file is made, and empty: a user would remove it.
    rmSync(join(scene.top, name), { force: true });
    return;
  }
  const isDone =
    tryGit(scene, "add", name) !== undefined &&
    tryGit(scene, "commit", "--quiet", "--message", `User ${name}`, "--", name) !== undefined;
  scene.story.push(`  commit ${name} on main: ${isDone ? "done" : "refused"}`);
  if (isDone) keep(scene, "user", name);
  else {
    tryGit(scene, "rm", "--quiet", "--cached", "--force", "--ignore-unmatch", name);
    rmSync(join(scene.top, name), { force: true });
  }
}

function fillDisk(havoc: Havoc): void {
  const { scene, random } = havoc;
  if (!scene.hasDisk) return;
  const ballast = join(scene.folder, "ballast");
  const ms = random.between(200, 2_500);
  scene.story.push(`  a full disk for ${Math.round(ms)} ms`);
  try {
    for (let at = 0; at < 200; at += 1) writeFileSync(`${ballast}-${at}`, Buffer.alloc(2 ** 20));
  } catch {
    // The disk is full, as it should be.
  }
  later(havoc, ms, () => {
    for (const name of readdirSync(scene.folder).filter((one) => one.startsWith("ballast"))) {
      rmSync(join(scene.folder, name), { force: true });
    }
  });
}

function jumpClock({ scene, random }: Havoc): void {
  const ms = Math.round(random.between(-2 * 3_600_000, 2 * 3_600_000));
  scene.story.push(`  the clock jumps by ${Math.round(ms / 60_000)} minutes`);
  try {
    writeFileSync(join(scene.folder, "skew"), String(ms));
  } catch {
    // There is no room for the file now.
  }
}

/** Runs a verb as a person would, and sometimes kills it. */
function verb({ scene, random }: Havoc): void {
  const track = random.pick(["amber", "birch", "cedar", "delta", "ember"]) ?? "";
  const words = random.pick([
    ["land"],
    ["land", track],
    ["stop", track],
    ["start", track, "--yes"],
    ["drop", track],
    ["restore", track],
    ["status", track],
    ["pause", track],
    ["resume", track],
    ["clean"],
    ["ls"],
    ["radar"],
  ]);
  if (words === undefined) return;
  scene.story.push(`  pleach ${words.join(" ")}`);
  const ran = pleach(scene, ...words);
  if (random.whole(3) === 0) {
    void wait(random.between(50, 1_500)).then(() => {
      if (!ran.isOver()) signal(ran.pid, "SIGKILL");
    });
  }
}
