import type { EpochMs } from "../ground/clock.ts";
import type { Config } from "../ground/config/config.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { formatWhen } from "../ground/when.ts";
import { accountOf } from "./account.ts";
import { formatHold, type Hold } from "./hold.ts";
import { enterAccount } from "./hold-store.ts";

/** The code of the refusal, for those who wait rather than fail. */
export const heldCode = "account/held";

/**
 * Makes sure that an agent's account may start something now; when it was held and it is time, this
 * start is the one that tries it.
 * @throws PleachError `account/held` (exit 1) that says when it opens
 */
export function requireOpen(
  ground: Ground,
  config: Config,
  start: { readonly track: TrackName; readonly agent: string },
): void {
  const account = accountOf(ground, config, start.agent);
  const hold = enterAccount(ground, { account, track: start.track }, config.holds);
  if (hold === undefined) return;
  throw new PleachError({
    code: heldCode,
    message: formatHold(hold),
    hint:
      hold.kind === "budget"
        ? budgetHint
        : `${whenOf(hold, ground.clock.now())}; pleach run waits for it and goes on by itself, and other accounts start now`,
    exitCode: ExitCode.failed,
  });
}

const budgetHint =
  "wait until that run is over, or raise [budget.run] in pleach.toml; each pleach run begins with a budget of its own";

function whenOf({ at, opens }: Hold, now: EpochMs): string {
  if (at.state === "tried") return `${at.by} is trying it now`;
  const next = at.state === "easing" ? at.next : opens;
  return next === null ? "it does not open by itself" : `it is tried ${formatWhen(next, now)}`;
}
