import type { TurnOutcome } from "../event.ts";
import type { TerminalProfile } from "../terminal-profile.ts";
import { claudeTrusts } from "../trust.ts";
import { claudeAskOf, claudeDecision } from "./asks.ts";
import { claudeSettings } from "./hooks.ts";
import { claudePermissions } from "./permissions.ts";
import { claudeOutcome } from "./stream.ts";

/**
 * Makes the terminal profile of Claude Code. The questions whether its user trusts the folder, and
 * its warnings about bypassing permissions, are the user's to answer, once for each repository;
 * trust in the main checkout holds in its worktrees.
 */
export function claudeTerminal({ model }: { readonly model: string | undefined }): TerminalProfile {
  return {
    launch: (request) => ({
      argv: [
        "claude",
        request.session.kind === "new" ? "--session-id" : "--resume",
        request.session.id,
        ...["--settings", claudeSettings(request, { opens: true }).path],
        // A person can be asked here: the program asks for what is not allowed.
        ...claudePermissions(request),
        ...(model === undefined ? [] : ["--model", model]),
        ...["--append-system-prompt", request.instructions],
        "--",
        request.prompt,
      ],
      stdin: undefined,
      env: { DISABLE_AUTOUPDATER: "1" },
      files: [claudeSettings(request, { opens: true })],
    }),
    trusts: claudeTrusts,
    takesSession: true,
    quit: "/exit",
    // Ctrl-S: the draft is stashed, and comes back by itself after the next message.
    stash: "\x13",
    tells: true,
    readScreen: (screen) =>
      /Choose the text style|Select login method|Welcome to Claude Code/.test(screen)
        ? "it is started for the first time: attach, and set it up"
        : undefined,
    questionTool: undefined,
    asks: claudeAskOf,
    // The answer of the hook that waits beside the dialog: the first answer, there or here, closes
    // the dialog.
    reply: (input, answer) =>
      JSON.stringify({
        hookSpecificOutput: {
          hookEventName: "PermissionRequest",
          decision: claudeDecision(input, answer),
        },
      }),
    // The first choice allows this single call; Esc denies it. Neither answers a question.
    steps: (input, answer) => {
      const isPermission = claudeAskOf(input).what === "permission";
      if (!isPermission || answer.kind === "text") return undefined;
      return [{ shows: [], keys: answer.kind === "deny" ? "\x1b" : "1" }];
    },
    readError,
    sessionIn: (words) => /claude\b.*--resume ([0-9a-f-]{36})/.exec(words)?.[1] ?? null,
  };
}

/** Reads an error, which holds the status of the API and the API's own words. */
function readError(why: string): TurnOutcome {
  const [, status] = /API Error: (?:\D*\()?(\d{3})\b/.exec(why) ?? [];
  return claudeOutcome(why, status === undefined ? undefined : Number(status));
}
