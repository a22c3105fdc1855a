import { columns } from "columns";
import { formatCents } from "./money.js";

/** The entries as a table, oldest first. */
export function report(entries) {
  return columns(entries.map((e) => [e.date, e.category, formatCents(e.cents)]));
}
