/** What the merge queue takes for twenty ready tracks whose gates wait, against one after the other. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../src/ground/config/load.ts";
import { asTaskId, parseSha, parseTrackName, type TrackName } from "../src/ground/ids.ts";
import { recordTrack } from "../src/grow/track-store.ts";
import { MergeQueue } from "../src/land/merge-queue.ts";
import { seedByHand } from "../src/run/by-hand.ts";
import { timed } from "./measure.ts";
import { type BenchRow, metOrMissed } from "./row.ts";
import { benchEnv, git, inScratch, makeRepository, openBenchGround } from "./scene.ts";

const tracks = 20;
/** Red by themselves, and two that are red only together. */
const red = [3, 9, 14];
const together = [6, 17];
const waits = 2;
const parallel = 4;
const limit = 1 / 3;

const gate = [
  `sleep ${waits}`,
  ...red.map((at) => `! [ -e new-${at}.txt ]`),
  `! { ${together.map((at) => `[ -e new-${at}.txt ]`).join(" && ")}; }`,
].join(" && ");

export async function run(): Promise<readonly BenchRow[]> {
  const serial = await inScratch(async (folder) => await landAll(folder, 1));
  const queued = await inScratch(async (folder) => await landAll(folder, parallel));
  if (serial.landed !== queued.landed) {
    throw new Error(`${serial.landed} landed one after the other, ${queued.landed} in the queue`);
  }
  const ratio = queued.ms / serial.ms;
  return [
    {
      name: `the merge queue, ${parallel} gates at once, on ${tracks} ready tracks (${red.length} red, 2 red only together) whose gate waits ${waits} s, against one after the other`,
      figure: `${ratio.toFixed(2)} (${(queued.ms / 1_000).toFixed(1)} s and ${queued.gates} gates against ${(serial.ms / 1_000).toFixed(1)} s and ${serial.gates})`,
      goal: `≤ ${limit.toFixed(2)}`,
      verdict: metOrMissed(ratio <= limit),
    },
  ];
}

async function landAll(folder: string, at: number) {
  const names = Array.from({ length: tracks }, (_, index) => index + 1);
  const settings = `agent = "nobody"\n[land]\nparallel = ${at}\ngate = '''${gate}'''\n[agents.nobody]\ncommand = ["true"]\n`;
  const tasks = names.map((name) => `- [ ] Task ${name}  id:T${name}\n`).join("");
  const named = { "TASKS.md": tasks, "pleach.toml": settings };
  const top = makeRepository(join(folder, "repo"), { files: 100, named });
  const ground = await openBenchGround(top, benchEnv(folder));
  try {
    const config = await loadConfig(ground);
    const ready: TrackName[] = [];
    for (const index of names) {
      const name = parseTrackName(`t${index}`);
      const tree = join(folder, `repo.trees/t${index}`);
      git(top, "worktree", "add", "--quiet", "--no-track", "-b", `work/${name}`, tree);
      writeFileSync(join(tree, `new-${index}.txt`), `new ${index}\n`);
      git(tree, "add", "--all");
      git(tree, "commit", "--quiet", "--message", `Work ${index}`);
      const asked = { prompt: undefined, tasks: [asTaskId(`T${index}`)], agent: "nobody" };
      const seed = await seedByHand(ground, config, { name, ...asked, base: undefined });
      recordTrack(ground, name, { type: "track.planned", seed });
      recordTrack(ground, name, { type: "track.provisioning" });
      recordTrack(ground, name, { type: "track.started" });
      const tip = parseSha(git(tree, "rev-parse", "HEAD"));
      recordTrack(ground, name, { type: "track.ready", tip });
      ready.push(name);
    }
    const queue = new MergeQueue(ground, config);
    let landed = 0;
    const ms = await timed(async () => {
      const reports = await Promise.all(ready.map(async (name) => await queue.land(name)));
      landed = reports.filter(({ outcome }) => outcome === "landed").length;
    });
    const gates = ground.store.events(0, 100_000).filter(({ type }) => type === "gate.started");
    return { ms, landed, gates: gates.length };
  } finally {
    ground.store.close();
  }
}
