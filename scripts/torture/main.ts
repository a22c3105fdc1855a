/**
 * `npm run torture -- --rounds N --seed S`: runs backlogs with small agents, and kills, stops,
 * locks out, fills up and moves things at random while they run; then lets them come to rest, and
 * looks whether anything was lost, doubled, landed red, said untruly or left running. A round is
 * drawn from its seed; which acts coincide depends on the machine. Needs /proc.
 */
import { parseArgs } from "node:util";
import { playRound } from "./round.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    /** Leaves the folder of a round with faults where it is, to be looked at. */
    keep: { type: "boolean", default: false },
  },
});
const [rounds, first] = [Number(values.rounds), Number(values.seed)];
if (process.platform !== "linux") {
  process.stderr.write("skipped: the torture needs /proc, and this is not Linux\n");
  process.exit(0);
}

const done = new Map<string, number>();
const count = (what: string): void => void done.set(what, (done.get(what) ?? 0) + 1);
const failed: number[] = [];
let hasDisk = true;
for (let seed = first; seed < first + rounds; seed += 1) {
  const began = performance.now();
  const outcome = await playRound(seed, { count, keeps: values.keep });
  hasDisk &&= outcome.hasDisk;
  const seconds = ((performance.now() - began) / 1_000).toFixed(0);
  const states = Object.entries(outcome.states).map(([state, many]) => `${many} ${state}`);
  const word = outcome.faults.length === 0 ? "clean" : "FAULT";
  process.stdout.write(`${word} seed ${seed} (${seconds} s): ${states.join(", ")}\n`);
  if (outcome.faults.length === 0) continue;
  failed.push(seed);
  for (const line of [...outcome.faults, ...outcome.story]) process.stdout.write(`  ${line}\n`);
}
const tally = [...done].map(([what, many]) => `${what} ${many}`).join(", ");
process.stdout.write(`${rounds} rounds, ${failed.length} with faults; ${tally}\n`);
if (!hasDisk) process.stdout.write("full disks were skipped: nothing may be mounted here\n");
if (failed.length > 0)
  process.stdout.write(`again: npm run torture -- --rounds 1 --seed ${failed[0]}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
