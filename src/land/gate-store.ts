import type { Clock } from "../ground/clock.ts";
import type { ProgramId, Sha, TrackName } from "../ground/ids.ts";
import type { Store } from "../ground/store/store.ts";
import { type GateKind, presumed, type Seen } from "./queue.ts";

interface StoreGround {
  readonly store: Store;
  readonly clock: Clock;
}

/** One run of the gate, on one tree. */
export interface GateRunRecord {
  readonly id: ProgramId;
  readonly tracks: readonly TrackName[];
  readonly as: GateKind;
  readonly tree: Sha;
  /** What the result belongs to besides the tree. */
  readonly gate: string;
}

/** A gate that has passed on exactly this tree, and never failed on it. */
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

/** Remembers a red gate: only to tell a flaky one by it, never instead of running it again. */
export function recordGateFailed(
  { store, clock }: StoreGround,
  run: GateRunRecord & { readonly seconds: number; readonly outcome: string },
): void {
  const { tree, gate, seconds, outcome } = run;
  store.transaction(() => {
    store.append({ type: "gate.failed", ...told(run), seconds, outcome });
    if (outcome !== "red") return;
    store.write(
      "INSERT INTO gate_failures (tree, gate, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      tree,
      gate,
      clock.now(),
    );
  });
}

/**
 * Remembers a green gate, unless it has failed on the same tree before.
 * @returns whether it is flaky
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

/** How many past gates say how likely the next track is red. */
const remembered = 20;

/** Of the tracks that the last gates were about: how many were red by themselves. */
export function lastSeen(store: Store): Seen {
  // Who of a red group is red, a gate of its own has told besides.
  const sql = `SELECT type, json_array_length(payload, '$.tracks') AS tracks FROM events
    WHERE type = 'gate.passed' AND json_extract(payload, '$.as') IN ('alone', 'group')
       OR type = 'gate.failed' AND json_extract(payload, '$.as') = 'alone'
    ORDER BY seq DESC LIMIT ?`;
  const gates = store.all<{ type: string; tracks: number }>(sql, remembered);
  const red = gates.filter(({ type }) => type === "gate.failed").length;
  const of = gates.reduce((sum, { tracks }) => sum + tracks, 0);
  return { red: red + presumed.red, of: of + presumed.of };
}
