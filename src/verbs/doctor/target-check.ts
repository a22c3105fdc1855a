import type { Config } from "../../ground/config/config.ts";
import type { Ground } from "../../ground/ground.ts";
import { untried } from "../../land/gate/gate-target.ts";
import { describeBase } from "../../run/base-words.ts";
import { tryBase } from "../../run/try-target.ts";
import { type Check, ok, warning } from "./check.ts";

export interface TargetOptions {
  /** False with `--no-try`. */
  readonly tries?: boolean;
  readonly signal?: AbortSignal;
  /** Hears that something is about to be run, which may take a while. */
  readonly onNote?: (text: string) => void;
}

/** A landing that is under way has the worktree that is needed; the doctor does not wait for it. */
const waitMs = 1_000;

/** Whether setup and gate work on the target as it is now, and what they say of it. */
export async function targetCheck(
  ground: Ground,
  config: Config,
  { tries = true, signal, onNote }: TargetOptions = {},
): Promise<Check> {
  const { target } = config;
  const verdict = tries
    ? await tryBase(ground, config, {
        ...{ again: true, waitMs },
        ...(signal === undefined ? {} : { signal }),
        onBegin: () => onNote?.(`trying the gate on ${target}; --no-try leaves that out`),
      })
    : untried("--no-try was given");
  const { fact, hint = "" } = describeBase(verdict, target);
  switch (verdict.kind) {
    case "green":
    case "untried":
      return ok("target", fact);
    case "red":
      if (config.land.base === "new-failures") return warning("target", fact, allowedHint(target));
      return { name: "target", verdict: "failed", detail: fact, hint, exitCode: 1 };
    case "unready": {
      const exitCode = verdict.missing === undefined ? 1 : 4;
      return { name: "target", verdict: "failed", detail: fact, hint, exitCode };
    }
  }
}

const allowedHint = (target: string): string =>
  `what fails on ${target} may fail in what lands, until it is gone; only what is new blocks`;
