import type { Clock } from "../../ground/clock.ts";
import type { ProgramId, Sha, TrackName } from "../../ground/ids.ts";
import type { Store } from "../../ground/store/store.ts";
import { type GateKind, type GateRecord, presumed } from "../landing/gate-kind.ts";
import type { RedRecord } from "./excuses.ts";

interface StoreGround {
  readonly store: Store;
  readonly clock: Clock;
}

/** A run of the gate, on one tree. */
export interface GateRunRecord {
  readonly id: ProgramId;
  readonly tracks: readonly TrackName[];
  /** The purpose of the gate; `base` for the target's own tip. */
  readonly as: GateKind | "base";
  readonly tree: Sha;
  /** The key of everything the result belongs to besides the tree. */
  readonly gate: string;
}

/** Finds a gate that has passed on exactly this tree, and never failed on it. */
export function findGateResult(
  store: Store,
  tree: Sha,
  gate: string,
): { readonly seconds: number } | undefined {
  return store.one("SELECT seconds FROM gate_results WHERE tree = ? AND gate = ?", tree, gate);
}

const told = ({ id, tracks, as, tree }: GateRunRecord) => ({
  ...(tracks[0] === undefined ? {} : { track: tracks[0] }),
  ...{ landing: id, tracks, as, tree },
});

export function recordGateBegun({ store }: StoreGround, run: GateRunRecord): void {
  store.transaction(() => store.append({ type: "gate.started", ...told(run) }));
}

/**
 * Remembers a red gate: it reveals a flaky gate later and, on the target's tip, the failures of the
 * target. A track that lands is gated again all the same.
 */
export function recordGateFailed(
  ground: StoreGround,
  run: GateRunRecord & {
    readonly seconds: number;
    readonly outcome: string;
    readonly red?: RedRecord;
  },
): void {
  const { seconds, outcome } = run;
  ground.store.transaction(() => {
    ground.store.append({ type: "gate.failed", ...told(run), seconds, outcome });
    // A signal that ended the gate says nothing about the tree.
    if (outcome === "red" && run.red?.exitCode !== null) keepRed(ground, run);
  });
}

/** Remembers a gate in which only allowed failures occurred. */
export function recordGateExcused(
  ground: StoreGround,
  run: GateRunRecord & { readonly seconds: number; readonly red: RedRecord },
): void {
  const { seconds, red } = run;
  ground.store.transaction(() => {
    const failures = red.failures.length;
    const type = run.as === "base" ? "gate.failed" : "gate.excused";
    ground.store.append({ type, ...told(run), seconds, failures });
    keepRed(ground, run);
  });
}

function keepRed(
  { store, clock }: StoreGround,
  { tree, gate, red }: GateRunRecord & { readonly red?: RedRecord },
): void {
  store.write(
    `INSERT INTO gate_failures (tree, gate, at, doc) VALUES (?, ?, ?, ?)
     ON CONFLICT (tree, gate) DO UPDATE SET doc = excluded.doc`,
    tree,
    gate,
    clock.now(),
    red === undefined ? null : JSON.stringify(red),
  );
}

/**
 * Finds the failures the gate last had on this tree; undefined when it had none, or has passed
 * since.
 */
export function findGateRed(store: Store, tree: Sha, gate: string): RedRecord | undefined {
  const sql = "SELECT doc FROM gate_failures WHERE tree = ? AND gate = ? AND doc IS NOT NULL";
  const row = store.one<{ doc: string }>(sql, tree, gate);
  return row === undefined ? undefined : (JSON.parse(row.doc) as RedRecord);
}

/**
 * Remembers a green gate, unless it has failed on the same tree before.
 * @returns whether the gate is flaky
 */
export function recordGatePassed(
  { store, clock }: StoreGround,
  run: GateRunRecord & { readonly seconds: number },
): boolean {
  const { tree, gate, seconds } = run;
  return store.transaction(() => {
    const failed = "SELECT at FROM gate_failures WHERE tree = ? AND gate = ?";
    const flaky = store.one(failed, tree, gate) !== undefined;
    store.append({ type: "gate.passed", ...told(run), seconds });
    if (flaky) {
      store.append({ type: "gate.wavered", ...told(run) });
      store.write("UPDATE gate_failures SET doc = NULL WHERE tree = ? AND gate = ?", tree, gate);
      return true;
    }
    store.write(
      "INSERT INTO gate_results (tree, gate, seconds, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
      tree,
      gate,
      seconds,
      clock.now(),
    );
    return false;
  });
}

/** The number of past gates by which the risk of the next track is estimated. */
const remembered = 20;

/**
 * Counts the tracks that the last gates were about, and how many of them were red by themselves.
 */
export function lastSeen(store: Store): GateRecord {
  // A red group is left out: each of its tracks is gated alone besides.
  const sql = `SELECT type, json_array_length(payload, '$.tracks') AS tracks FROM events
    WHERE type IN ('gate.passed', 'gate.excused') AND json_extract(payload, '$.as') IN ('alone', 'group')
       OR type = 'gate.failed' AND json_extract(payload, '$.as') = 'alone'
    ORDER BY seq DESC LIMIT ?`;
  const gates = store.all<{ type: string; tracks: number }>(sql, remembered);
  const red = gates.filter(({ type }) => type === "gate.failed").length;
  const of = gates.reduce((sum, { tracks }) => sum + tracks, 0);
  return { red: red + presumed.red, of: of + presumed.of };
}
