/** The runners whose output names failed tests. */
export type Runner =
  | "junit"
  | "tap"
  | "go"
  | "pytest"
  | "unittest"
  | "vitest"
  | "jest"
  | "cargo"
  | "node";

/** A failure that an output tells of. */
export interface Failure {
  /** The name by which the same failure is known in another run of the same gate. */
  readonly id: string;
  /** The first lines that tell of the failure, as they were printed. */
  readonly lines: readonly string[];
}

/** The failures one runner names in an output. */
export interface Told {
  readonly failures: readonly Failure[];
  /** Whether the runner's own end and count are there, and agree that these are all. */
  readonly isComplete: boolean;
}

/** Finds the failures one runner names in an output; undefined when the runner printed nothing. */
export type Reader = (lines: readonly string[]) => Told | undefined;

/** How many lines of one failure are kept. */
export const keptLines = 6;

/** Failures by their id, in the order in which they were met; each is there once. */
export class Collected {
  readonly #lines = new Map<string, string[]>();

  /** Notes a failure, and lines that tell of it. */
  add(id: string, ...lines: readonly string[]): void {
    const kept = this.#lines.get(id) ?? [];
    this.#lines.set(id, kept);
    for (const line of lines) {
      if (line.trim() !== "" && kept.length < keptLines && !kept.includes(line)) kept.push(line);
    }
  }

  has(id: string): boolean {
    return this.#lines.has(id);
  }

  get count(): number {
    return this.#lines.size;
  }

  get failures(): readonly Failure[] {
    return [...this.#lines].map(([id, lines]) => ({ id, lines }));
  }
}

/** Returns the lines after a line, up to the first that `ends`; without empty ones. */
export function following(
  lines: readonly string[],
  at: number,
  ends: (line: string) => boolean = () => false,
): readonly string[] {
  const kept: string[] = [];
  for (const line of lines.slice(at + 1, at + 1 + 4 * keptLines)) {
    if (ends(line) || kept.length === keptLines) break;
    if (line.trim() !== "") kept.push(line);
  }
  return kept;
}

/** Adds up the numbers that a pattern with one group finds in all lines; undefined without any. */
export function sumOf(lines: readonly string[], pattern: RegExp): number | undefined {
  const found = lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
  return found.length === 0 ? undefined : found.reduce((sum, one) => sum + Number(one), 0);
}
