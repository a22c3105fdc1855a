import { nearest } from "../../ground/text.ts";

/** Words of other tools for what a verb here does, with the command that does it. */
export const synonyms: Readonly<Record<string, string>> = {
  init: "setup install config configure",
  plan: "tasks todo backlog schedule graph",
  run: "go work begin up loop",
  start: "new add create spawn launch grow fork",
  ls: "list ps tracks branches worktrees worktree",
  status: "show info state describe",
  logs: "log output tail cat",
  attach: "open terminal term connect enter ssh shell join",
  attention: "waiting questions asks todo-human",
  answer: "approve allow deny reject reply respond yes no",
  tell: "say send msg message chat ask prompt",
  inbox: "mail messages",
  radar: "conflicts conflict overlap overlaps",
  diff: "review changes patch inspect",
  events: "watch history journal follow",
  resume: "continue unpause wake",
  stop: "cancel abort kill end halt interrupt",
  done: "finish complete",
  blocked: "stuck",
  handoff: "notes note",
  land: "merge ship push integrate deliver commit rebase",
  "land --pr": "pr pull-request",
  "land --dry-run": "test gate try dry-run verify",
  "land --undo": "undo revert rollback unland reset",
  compare: "vs versus judge",
  pick: "choose select win accept",
  drop: "rm remove delete discard destroy close",
  restore: "undrop recover unremove undelete",
  retry: "again redo rerun restart",
  rename: "mv move",
  clean: "cleanup prune gc sweep",
  doctor: "check health diagnose fix repair",
  lab: "simulate measure bench",
  demo: "tutorial example tour",
  "init --uninstall": "uninstall",
  "--version": "version",
};

const commands: ReadonlyMap<string, string> = new Map(
  Object.entries(synonyms).flatMap(([command, words]) =>
    words.split(" ").map((word) => [word, command] as const),
  ),
);

/** The command that a word that is no verb was probably meant for; undefined when nothing is near. */
export function meantVerb(word: string, verbs: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  return commands.get(wanted) ?? nearest(wanted, verbs) ?? begunVerb(wanted, verbs);
}

/** `att`: too short to be near anything, and the beginning of one verb alone. */
function begunVerb(word: string, verbs: readonly string[]): string | undefined {
  const [only, ...more] = word === "" ? [] : verbs.filter((verb) => verb.startsWith(word));
  return more.length === 0 ? only : undefined;
}
