/** The first version in what a program says of itself: `codex-cli 0.169.0`; undefined for none. */
export function versionIn(said: string): string | undefined {
  return /\d+(?:\.\d+)+/.exec(said)?.[0];
}

/** Below zero when the first is older; part by part, a missing one counts as 0. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [one, other].map((text) => text.split(".").map(Number)) as [number[], number[]];
  for (let part = 0; part < Math.max(a.length, b.length); part += 1) {
    const difference = (a[part] ?? 0) - (b[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
