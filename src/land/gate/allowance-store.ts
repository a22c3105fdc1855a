import { createHash } from "node:crypto";
import type { Clock } from "../../ground/clock.ts";
import type { Config } from "../../ground/config/config.ts";
import type { Store } from "../../ground/store/store.ts";
import { shrunk } from "./failures/compare.ts";

/*
 * Under `base = "new-failures"`, which a person sets, failures that the target itself has may occur
 * in tracks that land on it. The allowance begins with the first look at the target, and only ever
 * shrinks: with each tip that is seen, a failure that is gone from the target may never come back.
 * It ends with that setting.
 */

interface StoreGround {
  readonly store: Store;
  readonly clock: Clock;
}

/** Reads the ids of failures that the target is known to have and that are allowed in a landing. */
export function allowanceOf(store: Store, config: Config): readonly string[] | undefined {
  if (config.land.base !== "new-failures") return undefined;
  const sql = "SELECT gate, doc FROM allowances WHERE target = ?";
  const row = store.one<{ gate: string; doc: string }>(sql, config.target);
  // The allowance of another gate says nothing: its steps have other failures.
  if (row === undefined || row.gate !== linesOf(config)) return undefined;
  return JSON.parse(row.doc) as readonly string[];
}

/**
 * Records all failures of the target at its tip, in the caller's transaction or a transaction of
 * its own.
 */
export function seeTarget(
  { store, clock }: StoreGround,
  config: Config,
  failing: readonly string[],
): void {
  store.transaction(() => {
    if (config.land.base !== "new-failures") {
      store.write("DELETE FROM allowances WHERE target = ?", config.target);
      return;
    }
    const former = allowanceOf(store, config);
    const now = shrunk(former, failing);
    if (former?.length === now.length) return;
    store.write(
      `INSERT INTO allowances (target, gate, at, doc) VALUES (?, ?, ?, ?)
       ON CONFLICT (target) DO UPDATE SET gate = excluded.gate, at = excluded.at, doc = excluded.doc`,
      config.target,
      linesOf(config),
      clock.now(),
      JSON.stringify(now),
    );
  });
}

/**
 * Fingerprints the gate as it is written, without this machine: another environment begins no new
 * allowance.
 */
function linesOf({ land: { gate } }: Config): string {
  return createHash("sha256").update(JSON.stringify(gate)).digest("hex");
}
