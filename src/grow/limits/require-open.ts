import type { EpochMs } from "../../ground/clock.ts";
import type { Config } from "../../ground/config/config.ts";
import { ExitCode, PleachError } from "../../ground/errors.ts";
import type { Ground } from "../../ground/ground.ts";
import type { TrackName } from "../../ground/ids.ts";
import { formatWhen } from "../../ground/when.ts";
import { formatHold, type Hold } from "./hold.ts";
import { enterAccount } from "./hold-store.ts";
import { accountOfAgent } from "./login.ts";

/** The code of the refusal, for callers that wait rather than fail. */
export const heldCode = "account/held";

/** The track and agent to be started. */
export interface Starting {
  readonly track: TrackName;
  readonly agent: string;
  /** The command to repeat once the account is open; undefined: a run starts it by itself. */
  readonly again: string | undefined;
}

/**
 * Makes sure that an agent's account may start something now; if the account was held and it is
 * time, this start is the one that tries it.
 * @throws PleachError `account/held` (exit 1) that says when the account opens
 */
export function requireOpen(ground: Ground, config: Config, start: Starting): void {
  const account = accountOfAgent(ground, config, start.agent);
  const hold = enterAccount(ground, { account, track: start.track }, config.holds);
  if (hold === undefined) return;
  throw new PleachError({
    code: heldCode,
    message: formatHold(hold),
    hint: hold.kind === "budget" ? budgetHint : hintFor(hold, start, ground.clock.now()),
    exitCode: ExitCode.failed,
  });
}

function hintFor(hold: Hold, { again }: Starting, now: EpochMs): string {
  const way =
    again === undefined
      ? "pleach run waits for it and goes on by itself"
      : `then: ${again} (no run does that by itself)`;
  return `${whenOf(hold, now)}; ${way}; other accounts start now`;
}

const budgetHint =
  "wait until that run is over, or raise [budget.run] in pleach.toml; each pleach run begins with a budget of its own";

function whenOf({ at, opens }: Hold, now: EpochMs): string {
  if (at.state === "tried") return `${at.by} is trying it now`;
  const next = at.state === "easing" ? at.next : opens;
  return next === null ? "it does not open by itself" : `it is tried ${formatWhen(next, now)}`;
}
