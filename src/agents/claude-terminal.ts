import { claudeSettings } from "./claude-hooks.ts";
import { claudePermissions } from "./claude-permissions.ts";
import { claudeOutcome } from "./claude-stream.ts";
import type { TurnOutcome } from "./event.ts";
import type { TerminalManners } from "./manners.ts";
import { claudeTrusts } from "./trust.ts";

/**
 * Claude Code in its terminal. Whether its user trusts the folder, and warnings about bypassing
 * permissions, are theirs to answer, once for each repository; what is trusted for the main checkout
 * is trusted in its worktrees.
 */
export function claudeManners({ model }: { readonly model: string | undefined }): TerminalManners {
  return {
    launch: (errand) => ({
      argv: [
        "claude",
        errand.session.kind === "new" ? "--session-id" : "--resume",
        errand.session.id,
        ...["--settings", claudeSettings(errand).path],
        // A person can be asked here: what is not allowed is asked for.
        ...claudePermissions(errand),
        ...(model === undefined ? [] : ["--model", model]),
        ...["--append-system-prompt", errand.instructions],
        "--",
        errand.prompt,
      ],
      stdin: undefined,
      env: { DISABLE_AUTOUPDATER: "1" },
      files: [claudeSettings(errand)],
    }),
    trusts: claudeTrusts,
    takesSession: true,
    quit: "/exit",
    // Ctrl-S: the draft is stashed, and comes back by itself after the next message.
    stash: "\x13",
    readScreen: (screen) =>
      /Choose the text style|Select login method|Welcome to Claude Code/.test(screen)
        ? "it is started for the first time: attach, and set it up"
        : undefined,
    // The first choice is the yes to this one call; Esc is the no.
    answers: (answer, what) => {
      if (answer.kind === "deny") return { keys: "\x1b" };
      if (answer.kind === "allow") return what === "permission" ? { keys: "1" } : undefined;
      return what === "question" ? { text: answer.text } : undefined;
    },
    readError,
    sessionIn: (words) => /claude\b.*--resume ([0-9a-f-]{36})/.exec(words)?.[1] ?? null,
  };
}

/** It says the status of its API, and the API's own words. */
function readError(why: string): TurnOutcome {
  const [, status] = /API Error: (?:\D*\()?(\d{3})\b/.exec(why) ?? [];
  return claudeOutcome(why, status === undefined ? undefined : Number(status));
}
