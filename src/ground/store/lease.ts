import type { Clock } from "../clock.ts";
import { liveness, type ProcessIdentity, processIdentitySchema } from "../proc/identity.ts";
import type { Store } from "./store.ts";

/**
 * A right that a single process at a time may hold; `token` grows with each taker and fences late
 * writers.
 */
export interface Lease {
  readonly name: string;
  readonly token: number;
}

export type Taking =
  | { readonly kind: "taken"; readonly lease: Lease }
  | { readonly kind: "held"; readonly owner: ProcessIdentity; readonly since: number }
  | { readonly kind: "unknown"; readonly owner: ProcessIdentity; readonly since: number };

interface LeaseRow {
  readonly owner: string;
  readonly token: number;
  readonly taken_at: number;
}

/**
 * Takes a lease for a process. The lease changes hands only when its former owner is proven gone: a
 * process that cannot be looked at keeps it.
 */
export async function takeLease(
  store: Store,
  name: string,
  owner: ProcessIdentity,
  now: number,
): Promise<Taking> {
  const fresh = store.write(
    "INSERT INTO leases (name, owner, token, taken_at) VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING",
    name,
    JSON.stringify(owner),
    now,
  );
  if (fresh === 1) return { kind: "taken", lease: { name, token: 1 } };
  const row = store.one<LeaseRow>("SELECT owner, token, taken_at FROM leases WHERE name = ?", name);
  if (row === undefined) return await takeLease(store, name, owner, now);
  const former = processIdentitySchema.parse(JSON.parse(row.owner));
  const life = await liveness(former);
  if (life === "unknown") return { kind: "unknown", owner: former, since: row.taken_at };
  if (life === "alive" && !isSameProcess(former, owner)) {
    return { kind: "held", owner: former, since: row.taken_at };
  }
  const won = store.one<{ token: number }>(
    "UPDATE leases SET owner = ?, token = token + 1, taken_at = ? WHERE name = ? AND token = ? RETURNING token",
    JSON.stringify(owner),
    now,
    name,
    row.token,
  );
  if (won !== undefined) return { kind: "taken", lease: { name, token: won.token } };
  return await takeLease(store, name, owner, now);
}

/** Lists every lease that has not been given back, whether its owner lives or not. */
export function heldLeases(store: Store): readonly {
  readonly name: string;
  readonly owner: ProcessIdentity;
  /** The time it was taken, in epoch milliseconds. */
  readonly since: number;
}[] {
  return store
    .all<LeaseRow & { readonly name: string }>("SELECT * FROM leases ORDER BY name")
    .map(({ name, owner, taken_at: since }) => ({
      ...{ name, since },
      owner: processIdentitySchema.parse(JSON.parse(owner)),
    }))
    .filter(({ owner }) => !isSameProcess(owner, nobody));
}

/** Whether a living process holds a lease; false also where that cannot be told. */
export async function isHeldAlive(store: Store, name: string): Promise<boolean> {
  const held = heldLeases(store).find((lease) => lease.name === name);
  return held !== undefined && (await liveness(held.owner)) === "alive";
}

/**
 * Gives a lease back; does nothing when another process has it by now. The row stays: tokens only
 * grow.
 */
export function releaseLease(store: Store, lease: Lease): void {
  store.write(
    "UPDATE leases SET owner = ? WHERE name = ? AND token = ?",
    JSON.stringify(nobody),
    lease.name,
    lease.token,
  );
}

/** The owner of a released lease, a process of no boot: always proven gone. */
const nobody: ProcessIdentity = { pid: 0, start: "", boot: "" };

export function isSameProcess(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.start === b.start && a.boot === b.boot && a.space === b.space;
}

export interface HoldOptions {
  /** The longest wait for the former holder, in milliseconds. */
  readonly waitMs: number;
}

export type Held<Result> =
  | { readonly kind: "held"; readonly result: Result }
  | { readonly kind: "busy"; readonly owner: ProcessIdentity };

const pollMs = 50;

/** The callers of this process that wait for each lease: a lease only tells processes apart. */
const queues = new WeakMap<Store, Map<string, Promise<unknown>>>();

/** Acts when all earlier calls in this process, under the same name, have ended. */
export async function inTurn<Result>(
  store: Store,
  name: string,
  act: () => Promise<Result>,
): Promise<Result> {
  const queue = queues.get(store) ?? new Map<string, Promise<unknown>>();
  queues.set(store, queue);
  const before = queue.get(name);
  const turn = (async () => {
    await before?.catch(() => undefined);
    return await act();
  })();
  queue.set(name, turn);
  return await turn;
}

/** Acts while holding a lease, one caller after the other, in this process and in all others. */
export async function withLease<Result>(
  ground: { readonly store: Store; readonly clock: Clock; readonly self: ProcessIdentity },
  name: string,
  options: HoldOptions,
  act: (lease: Lease) => Promise<Result>,
): Promise<Held<Result>> {
  const { store, clock, self } = ground;
  return await inTurn(store, name, async () => {
    const until = clock.monotonic() + options.waitMs;
    for (;;) {
      const taking = await takeLease(store, name, self, clock.now());
      if (taking.kind === "taken") {
        try {
          return { kind: "held", result: await act(taking.lease) };
        } finally {
          releaseLease(store, taking.lease);
        }
      }
      if (clock.monotonic() > until) return { kind: "busy", owner: taking.owner };
      await clock.sleep(pollMs);
    }
  });
}
