import type { ExactEnv } from "../proc/run.ts";

type Setting = readonly [key: string, value: string];

/**
 * The settings that keep git from starting, entering or obeying what a repository's configuration
 * names: no user asked for that.
 */
const guards: readonly Setting[] = [
  ["core.fsmonitor", "false"],
  ["core.alternateRefsCommand", "true"],
  ["core.pager", "cat"],
  ["core.editor", "false"],
  ["core.useReplaceRefs", "false"],
  ["protocol.ext.allow", "never"],
  ["submodule.recurse", "false"],
  ["submodule.propagateBranches", "false"],
  ["fetch.recurseSubmodules", "false"],
  ["push.recurseSubmodules", "no"],
  ["status.submoduleSummary", "false"],
  ["diff.ignoreSubmodules", "dirty"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["core.quotePath", "false"],
];

/**
 * The settings a person may have changed for their own use of git, at git's own defaults: reading
 * and writing here is the same for every user. Content stays the person's (`core.autocrlf`,
 * filters, ignored files), and so do their identity, their signing and how a remote is reached.
 */
const defaults: readonly Setting[] = [
  ...["color.ui", "color.diff", "color.status", "color.branch", "color.decorate", "color.grep"].map(
    off,
  ),
  ...["color.advice", "color.push", "color.remote", "color.transport", "color.interactive"].map(
    off,
  ),
  ["column.ui", "never"],
  ["column.status", "never"],
  ["column.branch", "never"],
  ["column.tag", "never"],
  ["core.abbrev", "auto"],
  ["core.checkStat", "default"],
  ["core.commentChar", "#"],
  ["core.fsyncMethod", "fsync"],
  ["core.logAllRefUpdates", "true"],
  ["core.safecrlf", "false"],
  ["core.splitIndex", "false"],
  ["core.trustctime", "true"],
  ["core.untrackedCache", "keep"],
  ["index.skipHash", "false"],
  ["index.sparse", "false"],
  ["feature.manyFiles", "false"],
  ["feature.experimental", "false"],
  ["branch.autoSetupMerge", "false"],
  ["branch.autoSetupRebase", "never"],
  ["worktree.guessRemote", "false"],
  ["clean.requireForce", "true"],
  // A message is kept to the letter; no message is ever written in an editor here.
  ["commit.cleanup", "verbatim"],
  ["commit.status", "false"],
  ["commit.verbose", "false"],
  ["i18n.commitEncoding", "UTF-8"],
  ["i18n.logOutputEncoding", "UTF-8"],
  ["diff.algorithm", "myers"],
  ["diff.colorMoved", "no"],
  ["diff.context", "3"],
  ["diff.dstPrefix", "b/"],
  ["diff.indentHeuristic", "true"],
  ["diff.interHunkContext", "0"],
  ["diff.mnemonicPrefix", "false"],
  ["diff.noprefix", "false"],
  ["diff.orderFile", "/dev/null"],
  ["diff.relative", "false"],
  ["diff.renameLimit", "1000"],
  ["diff.renames", "true"],
  ["diff.srcPrefix", "a/"],
  ["diff.submodule", "short"],
  ["diff.suppressBlankEmpty", "false"],
  ["diff.wsErrorHighlight", "none"],
  ["fetch.all", "false"],
  ["fetch.prune", "false"],
  ["fetch.pruneTags", "false"],
  ["format.pretty", "medium"],
  ["log.abbrevCommit", "false"],
  ["log.date", "default"],
  ["log.decorate", "no"],
  ["log.follow", "false"],
  ["log.showRoot", "true"],
  ["log.showSignature", "false"],
  ["merge.autoStash", "false"],
  ["merge.conflictStyle", "diff3"],
  ["merge.default", "text"],
  ["merge.directoryRenames", "conflict"],
  ["merge.ff", "true"],
  ["merge.log", "false"],
  ["merge.renameLimit", "7000"],
  ["merge.renames", "true"],
  ["merge.renormalize", "false"],
  ["merge.stat", "false"],
  ["merge.verifySignatures", "false"],
  ["push.followTags", "false"],
  ["push.negotiate", "false"],
  ["push.useForceIfIncludes", "false"],
  ["rebase.abbreviateCommands", "false"],
  ["rebase.autoSquash", "false"],
  ["rebase.autoStash", "false"],
  ["rebase.backend", "merge"],
  ["rebase.forkPoint", "false"],
  ["rebase.instructionFormat", "%s"],
  ["rebase.missingCommitsCheck", "ignore"],
  ["rebase.rebaseMerges", "false"],
  ["rebase.rescheduleFailedExec", "false"],
  ["rebase.stat", "false"],
  ["rebase.updateRefs", "false"],
  ["rerere.autoUpdate", "false"],
  ["rerere.enabled", "false"],
  ["revert.reference", "false"],
  // Git itself asks by this setting before it removes a worktree.
  ["status.showUntrackedFiles", "normal"],
  ...["branch", "short", "showStash", "aheadBehind", "relativePaths"].map((key) =>
    off(`status.${key}`),
  ),
];

function off(key: string): Setting {
  return [key, "false"];
}

/** The owner of the hooks that run: none, or the user, where a person would expect that. */
export type Hooks = "none" | "user";

/**
 * Returns the settings of a call as git takes them from its environment; a `-c` of the call
 * outranks them.
 */
export function settingsEnv(hooks: Hooks): ExactEnv {
  return hooks === "none" ? withoutHooks : withHooks;
}

const withHooks = asEnv([...guards, ...defaults]);
const withoutHooks = asEnv([...guards, ...defaults, ["core.hooksPath", "/dev/null"]]);

function asEnv(settings: readonly Setting[]): ExactEnv {
  const pairs = settings.flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, key] as const,
    [`GIT_CONFIG_VALUE_${at}`, value] as const,
  ]);
  return { ...Object.fromEntries(pairs), GIT_CONFIG_COUNT: String(settings.length) };
}

/**
 * Git's variables for a person's identity, the place of their configuration, and how a remote is
 * reached.
 */
const own =
  /^GIT_(?:(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL)|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)|ATTR_NOSYSTEM|SSH(?:_COMMAND|_VARIANT)?|ASKPASS|TERMINAL_PROMPT|PROXY_.*|SSL_.*|HTTP_.*|ALLOW_PROTOCOL|PROTOCOL_FROM_USER|LFS_.*|DISCOVERY_ACROSS_FILESYSTEM)$/;

/** Whether a variable would redirect git, or change what it does, reads or prints. */
export const redirects = (name: string): boolean => name.startsWith("GIT_") && !own.test(name);

/**
 * Returns an environment without the variables by which a caller's git would redirect a git below
 * it.
 */
export function withoutRedirection(env: ExactEnv): ExactEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !redirects(name)));
}

/**
 * The variables that make objects what their names say: no replacement (`git replace`) and no graft
 * takes effect. For git's own calls, and for every program that judges a tree.
 */
export const trueObjects: ExactEnv = {
  GIT_NO_REPLACE_OBJECTS: "1",
  // Not a file, and a place where no file could be made.
  GIT_GRAFT_FILE: "/dev/null/none",
};

/**
 * Returns the environment in which git runs: the caller's, without variables that redirect or
 * prompt.
 */
export function gitEnv(env: ExactEnv, hooks: Hooks): ExactEnv {
  return {
    ...withoutRedirection(env),
    ...trueObjects,
    ...settingsEnv(hooks),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_EDITOR: "false",
    GIT_SEQUENCE_EDITOR: "false",
    GIT_MERGE_AUTOEDIT: "no",
    GIT_PAGER: "cat",
    // The agents' index may hold an untracked cache, which would hide untracked files.
    GIT_DISABLE_UNTRACKED_CACHE: "1",
  };
}
