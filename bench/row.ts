/** A measured figure and its goal. */
export interface BenchRow {
  readonly name: string;
  readonly figure: string;
  /** The goal; absent for a figure that is only shown. */
  readonly goal?: string;
  /** The verdict; `skipped` when this machine cannot measure it, and the figure says why. */
  readonly verdict: "met" | "missed" | "shown" | "skipped";
}

export const metOrMissed = (met: boolean): BenchRow["verdict"] => (met ? "met" : "missed");
