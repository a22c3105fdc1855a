import type { Config } from "../ground/config/config.ts";
import { branchRef, findCommit } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import { asBranchName, type BranchName, type Sha } from "../ground/ids.ts";
import { succeeded } from "../ground/proc/run.ts";

/** How the local target stands to the branch it follows. */
export type Upstream =
  | { readonly kind: "none" }
  | { readonly kind: "unreachable"; readonly remote: string; readonly why: string }
  | {
      readonly kind: "known";
      /** The short name, such as `origin/main`. */
      readonly name: string;
      readonly remote: string;
      /** The branch there, such as `main`. */
      readonly branch: BranchName;
      readonly tip: Sha;
      readonly ahead: number;
      readonly behind: number;
    };

const fetchTimeoutMs = 60_000;

/**
 * Fetches the branch the target follows, unless offline, and compares. Never moves the target
 * itself.
 */
export async function lookUpstream(
  { git }: Ground,
  { target }: Config,
  { offline }: { readonly offline: boolean },
): Promise<Upstream> {
  const ref = branchRef(target);
  const names = ["upstream", "upstream:short", "upstream:remotename", "upstream:remoteref"];
  const format = names.map((name) => `%(${name})`).join("%00");
  const asked = await git.text(["for-each-ref", `--format=${format}`, ref]);
  const [upstream = "", name = "", remote = "", remoteRef = ""] = asked.split("\0");
  if (upstream === "") return { kind: "none" };
  if (!offline && remote !== "" && remote !== ".") {
    const args = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--", remote];
    const fetched = await git.run(args, { timeoutMs: fetchTimeoutMs });
    if (!succeeded(fetched)) {
      const why = fetched.stderr.toString().trim().split("\n")[0] ?? "no answer";
      return { kind: "unreachable", remote, why };
    }
  }
  const tip = await findCommit(git, upstream);
  if (tip === undefined) return { kind: "none" };
  const counts = await git.text(["rev-list", "--left-right", "--count", `${ref}...${upstream}`]);
  const [ahead, behind] = counts.split("\t").map(Number);
  const branch = asBranchName(remoteRef.replace(/^refs\/heads\//, ""));
  return { kind: "known", name, remote, branch, tip, ahead: ahead ?? 0, behind: behind ?? 0 };
}

/** Words the warning a person needs before work starts; undefined when all is well. Pure. */
export function describeUpstream(upstream: Upstream, { target }: Config): string | undefined {
  switch (upstream.kind) {
    case "none":
      return undefined;
    case "unreachable":
      return `${upstream.remote} could not be asked (${upstream.why}); going on with what is here`;
    case "known": {
      const { name, ahead, behind } = upstream;
      if (behind === 0) return undefined;
      if (ahead === 0)
        return `${target} is ${behind} behind ${name}; --pull fast-forwards it first`;
      return `${target} and ${name} have diverged (${ahead} ahead, ${behind} behind); landing goes on top of the local ${target}`;
    }
  }
}
