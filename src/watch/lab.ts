import type { LabResult, LabRow } from "../lab/replay-queue.ts";
import { formatElapsed } from "./live.ts";

const words: { readonly [Way in LabRow["way"]]: string } = {
  serial: "one after the other",
  batch: "batches, halved when red",
  speculative: "each on top of those before it",
  pleach: "pleach",
};

/** Formats the time the recorded landings would have taken, a line for each way. Pure. */
export function formatLab({ attempts, rows }: LabResult): readonly string[] {
  const serial = rows.find(({ way }) => way === "serial")?.seconds ?? 0;
  const width = Math.max(...Object.values(words).map((text) => text.length));
  return [
    `${attempts} recorded landings, played again:`,
    `${"way".padEnd(width)}  gates at once      time  of serial  gate runs  landed`,
    ...rows.map(({ way, parallel, seconds, gateRuns, landed }) => {
      const ratio = serial > 0 ? (seconds / serial).toFixed(2) : "–";
      const cells = [
        String(parallel).padStart(13),
        formatElapsed(seconds * 1_000).padStart(8),
        ratio.padStart(9),
        String(gateRuns).padStart(9),
        String(landed).padStart(6),
      ];
      return `${words[way].padEnd(width)}  ${cells.join("  ")}`;
    }),
  ];
}
