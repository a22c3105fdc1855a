import { delimiter } from "node:path";
import type { ExactEnv } from "../../ground/proc/run.ts";
import { isPathWithin } from "../../track/branch-name.ts";

/** The worktree a process runs in, and the checkouts its environment may have been set up for. */
export interface Trees {
  readonly tree: string;
  /** The other checkouts: absolute, in every spelling by which the environment may name them. */
  readonly others: readonly string[];
  /** Resolves a path's links; returns the path itself where it is not there. */
  readonly resolved: (path: string) => string;
}

export interface TreeEnvironment {
  readonly env: ExactEnv;
  /** The variables that named another checkout, and name the tree now. */
  readonly led: readonly string[];
}

/** Variables that name a person or their own things, not the tree that is worked on. */
const personal =
  /^(?:HOME|USER|LOGNAME|SHELL|MAIL|TMP|TEMP|TMPDIR|GNUPGHOME|KUBECONFIG|CODEX_HOME|(?:XDG|SSH|GPG|GIT|PLEACH)_.*|.*(?:CREDENTIAL|CERT|CA_BUNDLE|CAFILE|TOKEN|SECRET|PASSWORD|_CONFIG_DIR).*|.*_KEY(?:_FILE|_PATH)?)$/;

/**
 * Leads an environment to the tree at hand. Variables of tools (`PYTHONPATH`, `VIRTUAL_ENV`, `PATH`
 * with its `node_modules/.bin`, `GOWORK`, `CARGO_TARGET_DIR`, …) may name the checkout they were
 * set in: code read or run by them would be that of another tree than the tested one.
 */
export function leadTo(env: ExactEnv, trees: Trees): TreeEnvironment {
  const others = trees.others.filter((other) => other !== trees.tree);
  const led: string[] = [];
  const entries = Object.entries(env).map(([name, value]) => {
    if (personal.test(name)) return [name, value] as const;
    const own = leadValue(value, { ...trees, others });
    if (own !== value) led.push(name);
    return [name, own] as const;
  });
  return { env: Object.fromEntries(entries), led: led.toSorted() };
}

function leadValue(value: string, { tree, others, resolved }: Trees): string {
  const named = others.reduce((text, other) => replaceTop(text, other, tree), value);
  if (!named.includes("/")) return named;
  return named
    .split(delimiter)
    .map((entry) => {
      if (!entry.startsWith("/")) return entry;
      const there = resolved(entry);
      const other = others.find((top) => isPathWithin(there, top));
      return other === undefined || isPathWithin(entry, tree)
        ? entry
        : tree + there.slice(other.length);
    })
    .join(delimiter);
}

/**
 * Replaces a top, even within a value: `-I/repo/include`, `--require=/repo/a.js`, `file:///repo/a`.
 */
function replaceTop(text: string, top: string, tree: string): string {
  if (!text.includes(top)) return text;
  const before = String.raw`(?<=^|[^\w.~\-/]|(?:^|[\s:;,"'=])-[A-Za-z]|file://)`;
  const pattern = new RegExp(`${before}${literal(top)}(?=$|[/:;,"'\\s])`, "g");
  return text.replace(pattern, () => tree);
}

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
