import type { Ground } from "../../ground/ground.ts";
import { isElsewhere, liveness } from "../../ground/proc/identity.ts";
import { openProgramKinds, openPrograms } from "../../ground/program.ts";
import { heldLeases } from "../../ground/store/lease.ts";
import { plainLine } from "../../ground/text.ts";
import { fingerprint, fingerprintChanges } from "../../run/guard/fingerprint.ts";
import { allTracks } from "../../track/track-store.ts";
import { latestWorker } from "../../worker/worker-store.ts";
import { type Check, ok, warning } from "./check.ts";

/** Hooks run in worktrees as anywhere; where landings are made, they are off. */
export async function hooksCheck(ground: Ground): Promise<Check> {
  const names = Object.keys(await fingerprint(ground));
  const hooks = names.filter((name) => name.startsWith("hooks/")).map((name) => name.slice(6));
  const elsewhere = names.includes("config core.hookspath") ? " (core.hooksPath is set)" : "";
  if (hooks.length === 0) return ok("hooks", `none in .git/hooks${elsewhere}`);
  return ok("hooks", `${hooks.join(", ")}; landings are made without them${elsewhere}`);
}

/** Whether something has changed what git would run since the workers started. */
export async function tamperCheck(ground: Ground): Promise<Check> {
  const changes = await fingerprintChanges(ground);
  if (changes.length === 0) return ok("tampering", "what git reads besides branches is as it was");
  return warning(
    "tampering",
    `changed since the workers started: ${changes.join(", ")}`,
    `look at them before you use git there: git -C '${ground.repo.mainTop}' config --list --show-origin, and ${ground.repo.commonDir}`,
  );
}

export async function leaseChecks({ store }: Ground): Promise<readonly Check[]> {
  const checks = heldLeases(store).map(async ({ name, owner }): Promise<Check> => {
    const life = await liveness(owner);
    const label = `lease ${name}`;
    if (life === "alive") return ok(label, `held by process ${owner.pid}`);
    if (life === "gone")
      return ok(label, `its holder ${owner.pid} has ended; the next one takes it`);
    return warning(
      label,
      `whether its holder ${owner.pid} still runs cannot be found out`,
      isElsewhere(owner)
        ? "it is in another PID namespace (a container): look there, or run pleach doctor on the host"
        : `look yourself: ps -p ${owner.pid}`,
    );
  });
  return await Promise.all(checks);
}

/** Programs of steps that were begun and not finished: at work, or cut off. */
export async function programChecks({ store }: Ground): Promise<readonly Check[]> {
  const open = openProgramKinds(store).flatMap((kind) => openPrograms(store, kind));
  const checks = open.map(async ({ kind, subject, step, owner }): Promise<Check> => {
    const label = `${kind} ${subject}`;
    const where = step === undefined ? "before its first step" : `at ${step}`;
    const life = await liveness(owner);
    if (life === "alive") return ok(label, `at work, ${where}`);
    if (life === "unknown") {
      const hint = "look where its process runs (a container?); nothing takes it over meanwhile";
      return warning(label, `whether it is at work ${where} cannot be found out`, hint);
    }
    return warning(label, `was cut off ${where}`, "the next `pleach run` brings it to its end");
  });
  return await Promise.all(checks);
}

/** Reports things agents told that this version does not know: their programs may be newer. */
export function misheardChecks({ store }: Ground): readonly Check[] {
  return allTracks(store).flatMap(({ name, agent }) => {
    const misheard = latestWorker(store, name)?.misheard;
    if (misheard === undefined) return [];
    const { count, sample } = misheard;
    return [
      warning(
        `words of ${name}`,
        `${count} of what ${agent} told was not understood, the last: ${plainLine(sample)}`,
        "nothing is lost, it stands in `pleach logs`; a newer Pleach may know it",
      ),
    ];
  });
}
