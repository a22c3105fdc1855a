import { plainLine } from "../../ground/text.ts";
import type { GateReport, LandingVerdict } from "../landing/landing.ts";
import { compareFailures } from "./failures/compare.ts";
import type { Red } from "./red.ts";

/** What may fail in a gate: whatever does, to see all of it, or only these. */
export type Allowance = "all" | readonly string[];

/** More failures than this are not compared: nothing is excused then. */
const mostFailures = 2_000;

/** All that failed in one run of the gate, as it is kept with the tree. */
export interface RedRecord {
  /** The first shell line that was red. */
  readonly command: string;
  readonly exitCode: number | null;
  readonly seconds: number;
  readonly detail: string;
  readonly failing: readonly string[];
  /** By id. */
  readonly failures: readonly string[];
  /** Whether every step was run. */
  readonly isWhole: boolean;
}

/** A step of the gate that was red. */
export interface RedStep {
  readonly name: string;
  readonly command: string;
  readonly exitCode: number | null;
  readonly red: Red;
  readonly verdict: LandingVerdict;
}

/** Holds the steps of one gate, as they end, against what may fail. */
export class Excuses {
  readonly #may: Allowance;
  readonly #isNamed: boolean;
  readonly #failures: string[] = [];
  #first: RedStep | undefined;
  #isWhole = true;
  #fresh: readonly string[] = [];

  /** @param isNamed whether the gate has several steps: then failures carry the name of theirs */
  constructor(may: Allowance, { isNamed }: { readonly isNamed: boolean }) {
    this.#may = may;
    this.#isNamed = isNamed;
  }

  /** @returns the verdict that ends the gate; undefined where it goes on */
  hear(step: RedStep): LandingVerdict | undefined {
    this.#first ??= step;
    const { exitCode, verdict } = step;
    const found = this.#named(step);
    const ids = found.failures.map(({ id }) => id);
    this.#failures.push(...ids);
    if (this.#may === "all") {
      // A program that is not there may be there soon, and a signal came from outside: neither says
      // anything of the tree.
      const isOwn = exitCode !== null && step.red.missing === undefined;
      this.#isWhole &&= verdict.outcome === "red" && isOwn;
      return this.#isWhole ? undefined : verdict;
    }
    // Killed, out of time or not even started: nothing that a runner says of itself.
    const isRed = verdict.outcome === "red" && exitCode !== null && exitCode < 126;
    const compared = compareFailures(this.#may, found);
    if (compared.isExcused && isRed && this.#failures.length <= mostFailures) return undefined;
    this.#isWhole = false;
    this.#fresh = compared.fresh;
    if (compared.fresh.length === 0 && compared.allowed.length > 0) return untold(verdict);
    return aboutFresh(step, found.failures.find(({ id }) => compared.fresh[0] === id)?.lines);
  }

  /** What is kept with the tree; undefined when every step has passed. */
  record(seconds: number): RedRecord | undefined {
    if (this.#first === undefined) return undefined;
    const { command, exitCode, verdict, red } = this.#first;
    const failures = this.#failures.slice(0, mostFailures);
    const { detail } = verdict;
    const { failing } = red;
    return { command, exitCode, seconds, detail, failing, failures, isWhole: this.#isWhole };
  }

  /** What of it failed and may, and what may not; nothing where nothing may. */
  get told(): Pick<GateReport, "allowed" | "new"> {
    if (this.#may === "all" || this.#may.length === 0 || this.#first === undefined) return {};
    const fresh = new Set(this.#fresh);
    return { allowed: this.#failures.filter((id) => !fresh.has(id)), new: this.#fresh };
  }

  #named({ name, red: { failures } }: RedStep): Red["failures"] {
    if (!this.#isNamed) return failures;
    const own = failures.failures.map((one) => ({ ...one, id: `${name}: ${one.id}` }));
    return { ...failures, failures: own };
  }
}

function untold(verdict: LandingVerdict): LandingVerdict {
  const why = "its output does not name all that failed, so none of it can be allowed";
  return { ...verdict, detail: `${verdict.detail}; ${why}` };
}

/** Of a red step with old failures and new ones, the new ones are what somebody has to know. */
function aboutFresh(
  { verdict, red }: RedStep,
  lines: readonly string[] | undefined,
): LandingVerdict {
  const [first] = lines ?? [];
  const [old] = red.failing;
  if (lines === undefined || first === undefined || old === undefined) return verdict;
  const detail = verdict.detail.replace(plainLine(old), () => plainLine(first));
  return { ...verdict, detail, failing: lines };
}
