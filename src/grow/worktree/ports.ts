import { createServer } from "node:net";
import { ExitCode, PleachError } from "../../ground/errors.ts";
import type { TrackName } from "../../ground/ids.ts";
import type { Store } from "../../ground/store/store.ts";

/** A run of ports that one track, and no other, may listen on. */
export interface PortBlock {
  readonly base: number;
  readonly size: number;
}

/** Above the ports services use by custom, below those Linux and macOS hand out at random. */
const lowest = 20_000;
const highest = 32_000;

/** Finds the block of ports a track has. */
export function findPorts(store: Store, track: TrackName): PortBlock | undefined {
  return store.one<PortBlock>("SELECT base, size FROM ports WHERE track = ?", track);
}

/**
 * Gives a track its block of ports: its present one, or the first block that is free in the store
 * and on the machine, where each port is bound once on both loopback addresses.
 * @throws PleachError `ports/none` (exit 1)
 */
export async function allocatePorts(
  store: Store,
  track: TrackName,
  size: number,
): Promise<PortBlock> {
  const present = findPorts(store, track);
  if (present !== undefined) return present;
  for (let base = lowest; base + size <= highest; base += Math.max(1, size)) {
    if (!take(store, track, { base, size })) continue;
    if (await isFree({ base, size })) return { base, size };
    freePorts(store, track);
  }
  throw new PleachError({
    code: "ports/none",
    message: `no block of ${size} ports is free between ${lowest} and ${highest}`,
    hint: "pleach clean gives back the ports of tracks that are over, or set a smaller worktrees.ports",
    exitCode: ExitCode.failed,
  });
}

export function freePorts(store: Store, track: TrackName): void {
  store.write("DELETE FROM ports WHERE track = ?", track);
}

function take(store: Store, track: TrackName, { base, size }: PortBlock): boolean {
  const changed = store.write(
    `INSERT INTO ports (base, track, size) SELECT ?, ?, ?
     WHERE NOT EXISTS (SELECT 1 FROM ports WHERE base < ? AND base + size > ?)
     ON CONFLICT DO NOTHING`,
    base,
    track,
    size,
    base + size,
    base,
  );
  return changed === 1;
}

async function isFree({ base, size }: PortBlock): Promise<boolean> {
  for (let port = base; port < base + size; port += 1) {
    if (!((await canBind(port, "127.0.0.1")) && (await canBind(port, "::")))) return false;
  }
  return true;
}

/**
 * Whether a port can be listened on; an address family the machine does not have is no obstacle.
 */
async function canBind(port: number, host: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => {
      resolve("code" in error && (error.code === "EAFNOSUPPORT" || error.code === "EADDRNOTAVAIL"));
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
