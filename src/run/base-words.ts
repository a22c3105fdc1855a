import type { BranchName } from "../ground/ids.ts";
import type { BaseVerdict } from "../land/gate/gate-target.ts";

/** A fact about the target, and a helpful next step. */
export interface BaseWords {
  readonly fact: string;
  readonly hint?: string;
}

/** Puts the gate's verdict on the target's tip into words, with names. Pure. */
export function describeBase(verdict: BaseVerdict, target: BranchName): BaseWords {
  switch (verdict.kind) {
    case "untried":
      return { fact: `the gate was not tried on ${target}: ${verdict.why}` };
    case "green": {
      const took = `${verdict.seconds.toFixed(1)} s`;
      return { fact: `${target} is green: the gate passes on ${short(verdict.commit)} (${took})` };
    }
    case "red": {
      const { failures, detail } = verdict.red;
      const more = failures.length > 1 ? `, and ${failures.length - 1} more` : "";
      return {
        fact: `${target} is red: on ${short(verdict.commit)}, ${detail}${more}`,
        hint: `mend ${target} (the whole output: ${verdict.logFile}), or let only what is new block: [land] base = "new-failures"`,
      };
    }
    case "unready": {
      const { missing, detail, hint } = verdict;
      const where = `on ${target} at ${short(verdict.commit)}`;
      if (missing === undefined)
        return { fact: `the gate cannot be run ${where}: ${detail}`, hint };
      const help = `install ${missing}, or set another command in pleach.toml; ${hint}`;
      return { fact: `${missing} is not here: ${where}, ${detail}`, hint: help };
    }
  }
}

const short = (commit: string): string => commit.slice(0, 9);
