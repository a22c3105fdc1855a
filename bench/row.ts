/** One measured figure and what it is held against. */
export interface BenchRow {
  readonly name: string;
  readonly figure: string;
  /** Absent for a figure that is only shown. */
  readonly goal?: string;
  /** `skipped`: it cannot be measured on this machine; the figure says why. */
  readonly verdict: "met" | "missed" | "shown" | "skipped";
}

export const metOrMissed = (met: boolean): BenchRow["verdict"] => (met ? "met" : "missed");
