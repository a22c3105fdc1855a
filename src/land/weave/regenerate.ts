import { readStatus } from "../../ground/git/status.ts";
import { succeeded } from "../../ground/proc/run.ts";
import { runShown, verdictOn } from "../gate/gate.ts";
import { cleanSlot, markUsed, showIndex } from "../landing/clean-slot.ts";
import { gateEnvironment } from "../landing/gate-environment.ts";
import type { LandingFacts } from "../landing/landing.ts";
import type { Site } from "../landing/site.ts";
import { provisionIntegration } from "../landing/slot-worktree.ts";
import { commitRefusal } from "./refusal.ts";
import { findPolicy } from "./soft.ts";

/**
 * Makes the soft paths anew that are generated instead of merged, in one commit before the ticks.
 */
export async function regenerate(site: Site, facts: LandingFacts): Promise<Partial<LandingFacts>> {
  const { ground, config, git, folder } = site;
  if (facts.onto === undefined) throw new Error("it was not verified");
  const env = await gateEnvironment(site);
  // A file about to be generated does not fit the rest yet (a lockfile and the manifests it locks),
  // so the setup may fail for that alone. Whether the setup works is found out by the gate, on the
  // tree that is tested.
  await provisionIntegration(site, facts.onto, env);
  markUsed(site);
  await showIndex(site);
  const until = ground.clock.monotonic() + config.land.timeoutMs;
  for (const { command } of facts.regenerate ?? []) {
    const timeoutMs = Math.max(1, until - ground.clock.monotonic());
    const result = await runShown(site, command, { env, timeoutMs });
    const verdict = verdictOn(site, command, result);
    if (verdict !== undefined) return { verdict };
  }
  const here = git.at(folder);
  const { entries } = await readStatus(here, { untracked: "all" });
  const made = entries
    .map((entry) => entry.path)
    .filter((path) => findPolicy(config, path)?.kind === "regenerate");
  if (made.length > 0) {
    const from = ["--pathspec-from-file=-", "--pathspec-file-nul"];
    await here.text(["--literal-pathspecs", "add", "--all", ...from], { input: made.join("\0") });
    const tracks = [site.track, ...site.others];
    const trailers = tracks.map(({ name }) => `Pleach-Track: ${name}\n`).join("");
    const message = `Regenerate ${made.length === 1 ? made[0] : `${made.length} files`}\n\n${trailers}`;
    const alone = site.others.length === 0;
    const squashed = alone && facts.weave === "squash" && facts.woven !== facts.onto;
    const how = squashed ? ["--amend", "--no-edit"] : ["-m", message];
    const flags = ["commit", "--quiet", "--no-verify", ...how];
    const result = await here.run(flags);
    if (!succeeded(result)) return { verdict: await commitRefusal(site, result) };
  }
  // The commands may change only the paths they generate: every other change is taken back.
  await cleanSlot(site, undefined);
  return {};
}
