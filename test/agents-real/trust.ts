import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFiles } from "../support/repo.ts";
import type { Stage } from "./stage.ts";

/** What a person has said to the programs before they see a terminal: once, and of this repository. */
export function trust({ top }: Pick<Stage, "top">): void {
  const home = join(top, "../home");
  const config = readFileSync(join(home, ".codex/config.toml"), "utf8");
  const project = `[projects."${top}"]\ntrust_level = "trusted"\n`;
  // Else it asks, before the first prompt, whether to use a newer one.
  const model = '[notice.model_migrations]\n"gpt-5.5" = "gpt-6-sol"\n';
  writeFiles(home, {
    ".codex/config.toml": `${config}${project}${model}`,
    ".claude.json": JSON.stringify({
      hasCompletedOnboarding: true,
      customApiKeyResponses: { approved: ["not-a-key-at-all"] },
      projects: { [top]: { hasTrustDialogAccepted: true } },
    }),
  });
}
