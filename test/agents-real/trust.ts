import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFiles } from "../support/repo.ts";
import type { Stage } from "./stage.ts";

/**
 * The setting that keeps Codex from asking, before the first prompt, whether to use a newer model.
 */
const keepsModel = '[notice.model_migrations]\n"gpt-5.5" = "gpt-6-sol"\n';

/**
 * Writes a person's earlier answers to the programs, before they see a terminal: once, and for this
 * repository.
 */
export function trust({ top }: Pick<Stage, "top">): void {
  const home = join(top, "../home");
  const config = readFileSync(join(home, ".codex/config.toml"), "utf8");
  const project = `[projects."${top}"]\ntrust_level = "trusted"\n`;
  writeFiles(home, {
    ".codex/config.toml": `${config}${project}${keepsModel}`,
    ".claude.json": JSON.stringify({
      hasCompletedOnboarding: true,
      customApiKeyResponses: { approved: ["not-a-key-at-all"] },
      projects: { [top]: { hasTrustDialogAccepted: true } },
    }),
  });
}

/**
 * Trusts the worktree of `alpha`, too, and bypassing permissions: there is no person to be asked.
 * @param settings more of Claude's own
 */
export function trustAll({ top }: Pick<Stage, "top">, settings: object = {}): void {
  const home = join(top, "../home");
  const folders = [top, join(top, "../repo.trees/alpha")];
  const trusted = folders.map((folder) => [folder, { hasTrustDialogAccepted: true }]);
  writeFiles(home, {
    ".claude.json": JSON.stringify({
      hasCompletedOnboarding: true,
      ...settings,
      customApiKeyResponses: { approved: ["not-a-key-at-all"], rejected: [] },
      projects: Object.fromEntries(trusted),
    }),
    ".claude/settings.json": JSON.stringify({ skipDangerousModePermissionPrompt: true }),
  });
  const sections = folders.map((folder) => `[projects."${folder}"]\ntrust_level = "trusted"\n`);
  appendFileSync(join(home, ".codex/config.toml"), `\n${sections.join("")}${keepsModel}`);
}
