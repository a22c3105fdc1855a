/** Whose output tells of failures by the names of tests. */
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
  /** Names the same failure in another run of the same gate. */
  readonly id: string;
  /** The first lines that tell of it, as they were printed. */
  readonly lines: readonly string[];
}

/** What one runner tells in an output. */
export interface Told {
  readonly failures: readonly Failure[];
  /** Whether its own end and count are there, and say that these are all. */
  readonly isComplete: boolean;
}

/** Finds what one runner tells in an output; undefined when it has told nothing. */
export type Reader = (lines: readonly string[]) => Told | undefined;

/** How many lines of one failure are kept. */
export const keptLines = 6;

/** Failures by their id, in the order in which they were met; each is there once. */
export class Collected {
  readonly #lines = new Map<string, string[]>();

  /** Notes a failure, and a line that tells of it. */
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

/** The lines that follow a line, up to the first that `ends`; without empty ones. */
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

/** The numbers that a pattern with one group finds in all lines, added up; undefined without any. */
export function sumOf(lines: readonly string[], pattern: RegExp): number | undefined {
  const found = lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
  return found.length === 0 ? undefined : found.reduce((sum, one) => sum + Number(one), 0);
}
