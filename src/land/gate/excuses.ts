import { plainLine } from "../../ground/text.ts";
import type { GateReport, LandingVerdict } from "../landing/landing.ts";
import { compareFailures } from "./failures/compare.ts";
import type { Red } from "./red.ts";

/** The failures that are allowed in a gate: all, to see every failure, or only these. */
export type Allowance = "all" | readonly string[];

/** The most failures that are compared: with more, nothing is excused. */
const mostFailures = 2_000;

/** All that failed in one run of the gate, as it is kept with the tree. */
export interface RedRecord {
  /** The first shell line that was red. */
  readonly command: string;
  readonly exitCode: number | null;
  readonly seconds: number;
  readonly detail: string;
  readonly failing: readonly string[];
  /** The ids of the failures. */
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

/** Compares the steps of one gate, as they end, with the allowed failures. */
export class Excuses {
  readonly #may: Allowance;
  readonly #isNamed: boolean;
  readonly #failures: string[] = [];
  #first: RedStep | undefined;
  #isWhole = true;
  #fresh: readonly string[] = [];

  /**
   * @param isNamed whether the gate has several steps: then failures carry the name of their step
   */
  constructor(may: Allowance, { isNamed }: { readonly isNamed: boolean }) {
    this.#may = may;
    this.#isNamed = isNamed;
  }

  /** @returns the verdict that ends the gate; undefined when the gate goes on */
  hear(step: RedStep): LandingVerdict | undefined {
    this.#first ??= step;
    const { exitCode, verdict } = step;
    const found = this.#named(step);
    const ids = found.failures.map(({ id }) => id);
    this.#failures.push(...ids);
    if (this.#may === "all") {
      // A missing program may be installed soon, and a signal came from outside: neither says
      // anything about the tree.
      const isOwn = exitCode !== null && step.red.missing === undefined;
      this.#isWhole &&= verdict.outcome === "red" && isOwn;
      return this.#isWhole ? undefined : verdict;
    }
    // When a step was killed, ran out of time or did not even start, its failures are not what a
    // runner says.
    const isRed = verdict.outcome === "red" && exitCode !== null && exitCode < 126;
    const compared = compareFailures(this.#may, found);
    if (compared.isExcused && isRed && this.#failures.length <= mostFailures) return undefined;
    this.#isWhole = false;
    this.#fresh = compared.fresh;
    if (compared.fresh.length === 0 && compared.allowed.length > 0) return untold(verdict);
    return aboutFresh(step, found.failures.find(({ id }) => compared.fresh[0] === id)?.lines);
  }

  /** Returns the record to keep with the tree; undefined when every step has passed. */
  record(seconds: number): RedRecord | undefined {
    if (this.#first === undefined) return undefined;
    const { command, exitCode, verdict, red } = this.#first;
    const failures = this.#failures.slice(0, mostFailures);
    const { detail } = verdict;
    const { failing } = red;
    return { command, exitCode, seconds, detail, failing, failures, isWhole: this.#isWhole };
  }

  /**
   * The failures so far that are allowed, and those that are new; empty when no failure is allowed.
   */
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

/** Rewords the verdict on a step with old and new failures: people have to know the new ones. */
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
