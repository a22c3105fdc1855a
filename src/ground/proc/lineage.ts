import { readFileSync } from "node:fs";
import { canSee, psRows } from "./find.ts";
import { bootId, isGone, type ProcessIdentity, statFields } from "./identity.ts";
import { inheritedLimit } from "./inherited-mark.ts";

/** A process of a lineage, with the marks it carries and cannot easily lay off. */
export interface Forebear {
  readonly process: ProcessIdentity;
  /** The environment it was started with, `NAME=value` each; empty where we may not read it. */
  readonly environ: readonly string[];
  /** The mark it has inherited (`withInherited`). */
  readonly limit: number | undefined;
}

export type Lineage =
  /** This process, its parent, and so on, as far as they can be seen. */
  | { readonly kind: "known"; readonly forebears: readonly Forebear[] }
  | { readonly kind: "unknown"; readonly why: string };

/**
 * A limit far beyond any real depth: a table that changes while it is read must not be walked in a
 * circle.
 */
const deepest = 200;

/** Looks up the process that started this process, and so on upwards. */
export async function lineage(): Promise<Lineage> {
  try {
    return process.platform === "linux" ? await fromProc() : await fromPs();
  } catch (error) {
    return { kind: "unknown", why: `reading the process table failed: ${String(error)}` };
  }
}

async function fromProc(): Promise<Lineage> {
  const boot = await bootId();
  const forebears: Forebear[] = [];
  for (let pid = process.pid; pid > 0 && forebears.length < deepest; ) {
    const stat = statOf(pid);
    if (stat === undefined) break;
    forebears.push({ process: { pid, start: stat.start, boot }, ...carriedBy(pid) });
    pid = stat.ppid;
  }
  return forebears.length > 0
    ? { kind: "known", forebears }
    : { kind: "unknown", why: "/proc does not show this process" };
}

/**
 * Reads the stat of a process; undefined when it has ended meanwhile, or is hidden from other
 * users.
 */
function statOf(pid: number) {
  try {
    return statFields(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function carriedBy(pid: number): Pick<Forebear, "environ" | "limit"> {
  let carried: Pick<Forebear, "environ" | "limit"> = { environ: [], limit: undefined };
  canSee(() => {
    const environ = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
    carried = { environ, limit: inheritedLimit(pid) };
    return true;
  });
  return carried;
}

/**
 * Reads the lineage from `ps`, where arguments and environment cannot be told apart; an argument of
 * the form of a mark does not occur by chance.
 */
async function fromPs(): Promise<Lineage> {
  const rows = await psRows();
  if (rows === undefined) return { kind: "unknown", why: "ps gave no answer" };
  const byPid = new Map(rows.map((row) => [row.found.pid, row]));
  const forebears: Forebear[] = [];
  for (let pid = process.pid; forebears.length < deepest; ) {
    const row = byPid.get(pid);
    if (row === undefined) break;
    const { ppid, session: _, ...identity } = row.found;
    forebears.push({ process: identity, environ: row.line.split(" "), limit: undefined });
    pid = ppid;
  }
  return { kind: "known", forebears };
}
