import type { Config, ConfigSource } from "../ground/config/config.ts";
import { type ConfiguredItem, consentLines, requireConsent } from "../ground/config/consent.ts";
import { loadConfig } from "../ground/config/load.ts";
import { assertNever } from "../ground/errors.ts";
import { type Ground, type Invocation, openGround } from "../ground/ground.ts";
import { recoverAll } from "../run/recover.ts";
import type { Caller } from "./caller.ts";
import { requirePerson } from "./require-leave.ts";

/** A repository and how it is configured: what most verbs begin with. */
export interface Project {
  readonly ground: Ground;
  readonly config: Config;
}

/** @throws PleachError when there is no usable repository, state or configuration */
export async function openProject(invocation: Invocation, caller: Caller): Promise<Project> {
  const ground = await openGround(invocation);
  const config = await loadConfig(ground);
  const said = sourceNote(config.source);
  if (said !== undefined) caller.note(`note: ${said}`);
  return { ground, config };
}

/** Says where the configuration came from, when that may surprise. */
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

/** Asks for consent where a person can answer; verbs that execute configuration call it first. */
export async function consentTo(
  { ground, config }: Project,
  caller: Caller,
  options: { readonly yes: boolean },
): Promise<void> {
  const { confirm } = caller;
  const ask = async (items: readonly ConfiguredItem[]): Promise<boolean> => {
    // A worker may have a terminal, too.
    await requirePerson(ground, "yes");
    caller.note("This repository's configuration runs these commands, and copies to these places:");
    for (const line of consentLines(items)) caller.note(`  ${line}`);
    return (await confirm?.("Do you consent?")) === true;
  };
  const state = await requireConsent(ground, config, {
    yes: options.yes,
    ask: confirm === undefined ? undefined : ask,
  });
  if (state?.kind !== "temporary") return;
  caller.note(
    `note: your home cannot be written (${state.why}); consent is kept in ${state.folder}`,
  );
}

/**
 * Opens a repository for a verb that changes it: its commands are consented to, and whatever a killed
 * process left half done is brought to its end.
 * @throws PleachError when there is no usable repository, state or configuration, or no consent
 */
export async function openForChange(
  invocation: Invocation,
  caller: Caller,
  options: { readonly yes: boolean },
): Promise<Project> {
  const project = await openProject(invocation, caller);
  await consentTo(project, caller, options);
  await recoverAll(project.ground, project.config);
  return project;
}
