/** Measures the whole process of a small command beside that of a Node that does nothing. */
import { compare, interleaved, started, timed } from "./measure.ts";
import { type BenchRow, metOrMissed } from "./row.ts";
import { benchEnv, inScratch, launcher, makeRepository } from "./scene.ts";

const rounds = 25;
const limit = 1.5;

export async function run(): Promise<readonly BenchRow[]> {
  return await inScratch(async (scratch) => {
    const env = benchEnv(scratch);
    const top = makeRepository(`${scratch}/repo`, { files: 10 });
    const node = async (...args: readonly string[]) =>
      await timed(async () => await started(top, env, [process.execPath, ...args]));
    const against = async (...args: readonly string[]) => {
      const ours = async () => await node(launcher, ...args);
      // The first start fills the compile cache, and `ls` makes the state.
      await ours();
      return compare(
        await interleaved(rounds, { ours, theirs: async () => await node("-e", "0") }),
      );
    };
    const version = await against("--version");
    const ls = await against("ls");
    return [
      {
        name: "`pleach --version` against `node -e 0`, whole processes",
        figure: inWords(version),
        goal: `≤ ${limit}`,
        verdict: metOrMissed(version.ratio <= limit),
      },
      {
        name: "`pleach ls` of a repository where nothing grows, against the same",
        figure: inWords(ls),
        verdict: "shown",
      },
    ];
  });
}

const inWords = ({ ratio, ours, theirs }: ReturnType<typeof compare>): string =>
  `${ratio.toFixed(2)} (${ours.toFixed(0)} ms against ${theirs.toFixed(0)} ms)`;
