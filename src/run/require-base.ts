import type { Config } from "../ground/config/config.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { BaseVerdict } from "../land/gate/gate-target.ts";
import { describeBase } from "./base-words.ts";
import { tryBase } from "./try-target.ts";

export interface RequireOptions {
  readonly signal: AbortSignal;
  readonly onNote: (text: string) => void;
  /** Called when setup or gate is about to be run, which may take a while. */
  readonly onBegin: (text: string) => void;
}

/**
 * Makes sure, before work grows, that a track could land on the target as it is.
 * @throws PleachError `target/red` (3), `target/unready` (4)
 */
export async function requireBase(
  ground: Ground,
  config: Config,
  { signal, onNote, onBegin: tell }: RequireOptions,
): Promise<void> {
  const { target } = config;
  const onBegin = (): void => tell(`trying the gate on ${target}, before work grows`);
  const verdict = await tryBase(ground, config, { signal, onBegin });
  const { fact } = describeBase(verdict, target);
  if (verdict.kind === "green") return;
  // A missing gate is told elsewhere.
  if (verdict.kind === "untried") return config.land.gate.length === 0 ? undefined : onNote(fact);
  if (verdict.kind === "red" && config.land.base === "new-failures") {
    return onNote(`${fact}; what fails there may fail in what lands, and only what is new blocks`);
  }
  throw refusal(verdict, config);
}

function refusal(
  verdict: Exclude<BaseVerdict, { kind: "green" | "untried" }>,
  { target }: Config,
): PleachError {
  const { fact, hint = "" } = describeBase(verdict, target);
  const isRed = verdict.kind === "red";
  return new PleachError({
    code: isRed ? "target/red" : "target/unready",
    message: `${fact}; nothing was started`,
    hint: `${hint}. To grow work all the same: pleach run --no-try`,
    exitCode: isRed ? ExitCode.needsHuman : ExitCode.prerequisite,
  });
}
