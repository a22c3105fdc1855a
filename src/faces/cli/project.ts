import type { Config, ConfigSource } from "../../ground/config/config.ts";
import { type ConfiguredItem, consentLines, requireConsent } from "../../ground/config/consent.ts";
import { loadConfig } from "../../ground/config/load.ts";
import { assertNever } from "../../ground/errors.ts";
import { type Ground, openGround } from "../../ground/ground.ts";
import type { Output } from "./output.ts";
import { requirePerson } from "./require-leave.ts";
import type { Context } from "./verb.ts";

/** A repository and how it is configured: what most verbs begin with. */
export interface Project {
  readonly ground: Ground;
  readonly config: Config;
}

/** @throws PleachError when there is no usable repository, state or configuration */
export async function openProject(context: Context): Promise<Project> {
  const ground = await openGround(context.invocation);
  const config = await loadConfig(ground);
  const said = sourceNote(config.source);
  if (said !== undefined) context.out.note(`note: ${said}`);
  return { ground, config };
}

/** What is worth saying about where the configuration came from. */
function sourceNote(source: ConfigSource): string | undefined {
  switch (source.kind) {
    case "committed":
      return source.edited
        ? `the uncommitted changes to pleach.toml do not count: it is read from ${source.branch}`
        : undefined;
    case "uncommitted":
      return "pleach.toml is not committed yet; commit it, and the target's own version is used";
    case "defaults":
      return undefined;
    default:
      return assertNever(source);
  }
}

/** Asks for consent where somebody can answer; verbs that execute configuration call it first. */
export async function consentTo(
  { ground, config }: Project,
  out: Output,
  options: { readonly yes: boolean },
): Promise<void> {
  const ask = async (items: readonly ConfiguredItem[]): Promise<boolean> => {
    // A worker may have a terminal, too.
    await requirePerson(ground, "yes");
    out.note("This repository's configuration runs these commands, and copies to these places:");
    for (const line of consentLines(items)) out.note(`  ${line}`);
    return await out.confirm("Do you consent?");
  };
  const state = await requireConsent(ground, config, {
    yes: options.yes,
    ask: out.interactive ? ask : undefined,
  });
  if (state?.kind !== "temporary") return;
  out.note(`note: your home cannot be written (${state.why}); consent is kept in ${state.folder}`);
}
