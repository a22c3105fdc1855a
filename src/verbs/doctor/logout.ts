/*
 * systemd-logind may end all that a person started when they log out; workers are meant to go on.
 * logind.conf(5): the main file first, then drop-ins in the order of their names, wherever they lie;
 * of drop-ins with one name the first folder's counts. The last assignment wins.
 */

/** Where they lie, those that count more first. */
export const logindFolders = ["/etc", "/run", "/usr/local/lib", "/usr/lib"].map(
  (folder) => `${folder}/systemd`,
);

/** Reads the setting from the files that count, in the order in which they are read. Pure. */
export function readingOrder(
  found: readonly { readonly folder: string; readonly name: string }[],
): readonly { readonly folder: string; readonly name: string }[] {
  const rank = (folder: string): number => logindFolders.indexOf(folder);
  const byRank = found.toSorted((a, b) => rank(a.folder) - rank(b.folder));
  const counting = byRank.filter(
    ({ name }, index) => byRank.findIndex((other) => other.name === name) === index,
  );
  const main = counting.filter(({ name }) => name === "logind.conf");
  const dropIns = counting.filter((file) => !main.includes(file));
  return [...main, ...dropIns.toSorted((a, b) => (a.name < b.name ? -1 : 1))];
}

/** Whether these texts, read in order, end a person's processes at logout. Pure. */
export function endsAtLogout(texts: readonly string[], user: string): boolean {
  const set = new Map<string, string>();
  for (const text of texts) {
    for (const line of text.split("\n")) {
      const [, key, value] = /^\s*(Kill\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (key !== undefined && value !== undefined) set.set(key, value);
    }
  }
  if (!/^(?:1|yes|y|true|t|on)$/i.test(set.get("KillUserProcesses") ?? "no")) return false;
  const users = (key: string): readonly string[] =>
    (set.get(key) ?? "").split(/\s+/).filter((name) => name !== "");
  const only = users("KillOnlyUsers");
  if (only.length > 0 && !only.includes(user)) return false;
  const excluded = set.has("KillExcludeUsers") ? users("KillExcludeUsers") : ["root"];
  return !excluded.includes(user);
}
