import { plainLine } from "../ground/text.ts";
import type { CleanReport } from "../rescue/clean.ts";

/** Formats the report of `clean` for a person. Pure. */
export function formatClean(
  { worktrees, kept, retired, deleted, notes = [] }: CleanReport,
  { dryRun }: { readonly dryRun: boolean },
): readonly string[] {
  const would = dryRun ? "would be " : "";
  const bytesOf = new Map(kept.map(({ folder, bytes }) => [folder, bytes]));
  return [
    ...worktrees.map(
      (item) =>
        `${item.class.padEnd(8)} ${formatBytes(item.bytes).padStart(8)}  ${plainLine(item.worktree)}  ${plainLine(item.reason)}`,
    ),
    ...retired.map((track) => `${would}put away: ${track}`),
    ...deleted.map(
      (folder) =>
        `${would}deleted: ${plainLine(folder)} (${formatBytes(bytesOf.get(folder) ?? 0)})`,
    ),
    ...notes.map(plainLine),
    ...(retired.length + deleted.length === 0
      ? [`nothing ${would === "" ? "was" : "would be"} put away`]
      : []),
  ];
}

/** Formats a size as `0 B`, `12 kB`, `3.4 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let at = 0;
  for (; value >= 1_000 && at < units.length - 1; at += 1) value /= 1_000;
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[at]}`;
}
