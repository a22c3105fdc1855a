import type { Clock } from "../clock.ts";
import type { FoundProcesses } from "./find.ts";
import { lookAtProcess, type ProcessIdentity } from "./identity.ts";

export interface EndOptions {
  readonly clock: Clock;
  /** The time the processes may take to leave after SIGTERM, in milliseconds. */
  readonly graceMs: number;
  /**
   * The time they may take after SIGKILL before we say that we cannot prove them gone, in
   * milliseconds.
   */
  readonly limitMs: number;
}

export type Ended =
  | { readonly kind: "gone"; readonly ended: number }
  | { readonly kind: "still-there"; readonly processes: readonly ProcessIdentity[] }
  | { readonly kind: "unknown"; readonly why: string };

const pollMs = 50;

/**
 * Ends all processes that `find` finds: SIGTERM, after the grace SIGKILL, until two looks in a row
 * find nothing (a process may start another between the look and the signal).
 */
export async function endAll(
  find: () => Promise<FoundProcesses>,
  options: EndOptions,
): Promise<Ended> {
  const { clock, graceMs, limitMs } = options;
  const startedAt = clock.monotonic();
  const seen = new Set<string>();
  for (let emptyLooks = 0; ; ) {
    const found = await find();
    if (found.kind === "unknown") return found;
    const elapsedMs = clock.monotonic() - startedAt;
    if (found.processes.length === 0) {
      emptyLooks += 1;
      if (emptyLooks === 2) return { kind: "gone", ended: seen.size };
      continue;
    }
    emptyLooks = 0;
    if (elapsedMs > graceMs + limitMs) {
      return { kind: "still-there", processes: found.processes };
    }
    for (const process of found.processes) {
      const key = `${process.pid}/${process.start}`;
      if (elapsedMs > graceMs) await sendSignal(process, "SIGKILL");
      else if (!seen.has(key)) await sendSignal(process, "SIGTERM");
      seen.add(key);
    }
    await clock.sleep(pollMs);
  }
}

/**
 * Signals exactly this process: its start time is compared first, so a reused pid is never hit.
 * @param whom "group": also the other processes of its group, as the keyboard of its terminal does
 */
export async function sendSignal(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  whom: "itself" | "group" = "itself",
): Promise<void> {
  const sight = await lookAtProcess(identity);
  if (sight.life !== "alive") return;
  try {
    process.kill(whom === "group" ? -sight.pid : sight.pid, signal);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ESRCH") throw error;
  }
}
