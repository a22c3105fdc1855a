import type { LaunchRequest } from "../launch.ts";
import type { TerminalProfile } from "../terminal-profile.ts";
import { tomlString } from "../toml.ts";
import { codexTrusts } from "../trust.ts";
import {
  codexDialogAsk,
  codexDialogSteps,
  codexQuestionFlags,
  codexQuestionTool,
} from "./dialogs.ts";
import { codexHookFlags } from "./hooks.ts";
import { codexOutcome } from "./stream.ts";

/**
 * Makes the terminal profile of Codex, without the server that several of its sessions would share.
 * Whether its user trusts the folder is the user's to answer, once for each repository: Codex
 * reports nothing while it asks that, so its screen is read.
 */
export function codexTerminal({ model }: { readonly model: string | undefined }): TerminalProfile {
  return {
    launch: (request) => ({
      argv: [
        "codex",
        ...(request.session.kind === "resume" ? ["resume"] : []),
        "--no-daemon",
        ...permissionFlags(request.permissions),
        ...(model === undefined ? [] : ["-m", model]),
        ...codexQuestionFlags(request.permissions),
        ...codexHookFlags(request),
        ...["-c", `developer_instructions=${tomlString(request.instructions)}`],
        "--",
        ...(request.session.kind === "resume" ? [request.session.id] : []),
        request.prompt,
      ],
      stdin: undefined,
      env: {},
    }),
    trusts: codexTrusts,
    takesSession: false,
    quit: "/quit",
    stash: undefined,
    tells: true,
    readScreen: (screen) => {
      if (/Trust this folder\?/.test(screen)) {
        return "it asks whether you trust this folder: attach, and answer it once";
      }
      if (/Sign in with|Log in to/.test(screen)) return "it asks for a login: attach, and log in";
      if (/Try new model|Choose how you'd like Codex to proceed/.test(screen)) {
        return "it asks whether to change its model: attach, and answer it once";
      }
      return undefined;
    },
    questionTool: codexQuestionTool,
    asks: codexDialogAsk,
    // The hook of Codex comes before its dialog, and would keep the dialog from a person.
    reply: () => undefined,
    steps: codexDialogSteps,
    readError: (message, screen) =>
      codexOutcome(message || (screen.split("\n").findLast((line) => /^\s*■/.test(line)) ?? "")),
    sessionIn: (words) => /codex\b.*resume ([0-9a-f-]{36})/.exec(words)?.[1] ?? null,
  };
}

/**
 * Returns the flags for permissions. A person can be asked here: Codex asks for what its sandbox
 * does not allow.
 */
function permissionFlags(permissions: LaunchRequest["permissions"]): readonly string[] {
  if (permissions === "bypass") return ["--dangerously-bypass-approvals-and-sandbox"];
  return ["--sandbox", "workspace-write", "--ask-for-approval", "on-request"];
}
