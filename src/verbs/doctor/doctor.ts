import { join, relative } from "node:path";
import { wireDriver } from "../../backlog/merge/wire.ts";
import type { Config } from "../../ground/config/config.ts";
import { hasConsent } from "../../ground/config/consent.ts";
import { loadConfig } from "../../ground/config/load.ts";
import { PleachError } from "../../ground/errors.ts";
import { checkoutOf } from "../../ground/git/by-files.ts";
import { type Ground, type Invocation, openGround } from "../../ground/ground.ts";
import { treeEnvironment } from "../../grow/worktree/environment.ts";
import { agentChecks } from "./agent-checks.ts";
import { type Check, failed, ok, warning } from "./check.ts";
import { agentHooksCheck } from "./hook-check.ts";
import { logoutCheck, ptyCheck, roomChecks, tmuxCheck } from "./machine-checks.ts";
import {
  hooksCheck,
  leaseChecks,
  misheardChecks,
  programChecks,
  tamperCheck,
} from "./state-checks.ts";
import { type TargetOptions, targetCheck } from "./target-check.ts";

/** Looks at everything Pleach stands on, repairs the wiring, and changes nothing else. */
export async function examine(
  invocation: Invocation,
  options: TargetOptions = {},
): Promise<readonly Check[]> {
  const checks: Check[] = [];
  const ground = await tried(checks, "repository", () => openGround(invocation));
  if (ground === undefined) return checks;
  checks.push(await repositoryCheck(ground));
  const config = await tried(checks, "configuration", () => loadConfig(ground));
  checks.push(...roomChecks(ground, config), logoutCheck(machineOf(ground)));
  if (config !== undefined) {
    checks.push(configCheck(config), gateCheck(config), consentCheck(ground, config));
    const target = await tried(checks, "target", () => targetCheck(ground, config, options));
    if (target !== undefined) checks.push(target);
    checks.push(
      rootCheck(ground, config),
      environmentCheck(ground, config),
      await tmuxCheck(ground, config),
      await ptyCheck(config),
    );
    checks.push(...(await agentChecks(ground, config)));
    const driver = await tried(checks, "merge driver", () => driverCheck(ground, config));
    if (driver !== undefined) checks.push(driver);
  }
  checks.push(await hooksCheck(ground), await tamperCheck(ground), await agentHooksCheck(ground));
  checks.push(
    ...(await leaseChecks(ground)),
    ...(await programChecks(ground)),
    ...misheardChecks(ground),
  );
  return checks;
}

const machineOf = ({ env }: Ground) => ({ root: "/", user: env["USER"] ?? env["LOGNAME"] ?? "" });

/** The value, or a failed check where the user can do something about it. */
async function tried<Value>(
  checks: Check[],
  name: string,
  look: () => Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof PleachError)) throw error;
    checks.push(failed(name, error));
    return undefined;
  }
}

async function repositoryCheck({ git, repo }: Ground): Promise<Check> {
  const version = (await git.text(["version"])).replace(/^git version /, "git ");
  const asked = await git.run(["config", "--local", "--type=bool", "--get", "core.bare"]);
  if (asked.stdout.toString().trim() === "true" && checkoutOf(repo.commonDir) !== undefined) {
    const config = join(repo.commonDir, "config");
    return warning(
      "repository",
      `core.bare is true in ${config}, though ${repo.mainTop} is a checkout: git refuses to work there`,
      `git config --file '${config}' core.bare false`,
    );
  }
  if (await git.text(["rev-parse", "--is-shallow-repository"]).then((said) => said === "true")) {
    return warning(
      "repository",
      `${version}; ${repo.mainTop} is shallow, so old history cannot be merged with`,
      "git fetch --unshallow",
    );
  }
  return ok("repository", `${version}; ${repo.mainTop}`);
}

function configCheck({ source, target }: Config): Check {
  switch (source.kind) {
    case "committed":
      return source.edited
        ? warning(
            "configuration",
            `pleach.toml has uncommitted changes, which do not count: it is read from ${target}`,
            "commit them: git commit pleach.toml",
          )
        : ok("configuration", `pleach.toml on ${target}`);
    case "uncommitted":
      return warning(
        "configuration",
        `${source.path} is valid but not committed`,
        "git add pleach.toml && git commit -m 'Configure pleach'",
      );
    case "defaults":
      return warning("configuration", `there is no pleach.toml on ${target}`, "pleach init");
  }
}

function gateCheck({ land: { gate } }: Config): Check {
  if (gate.length > 0) return ok("gate", gate.map(({ command }) => command).join("; "));
  return warning(
    "gate",
    "no gate is configured: nothing tests what lands",
    'set one in pleach.toml: [land] gate = "npm test"',
  );
}

function consentCheck(ground: Ground, config: Config): Check {
  if (hasConsent(ground, config)) return ok("consent", "given for all that is configured");
  return warning(
    "consent",
    "you have not consented to what this configuration does",
    "`pleach run` shows that and asks; unattended, add --yes",
  );
}

/** Says which variables name this checkout, as those of a virtual environment or of direnv do. */
function environmentCheck(ground: Ground, { worktrees: { root } }: Config): Check {
  const { led } = treeEnvironment(ground, join(root, "TRACK"));
  if (led.length === 0) return ok("environment", "names no folder of this checkout");
  const fact = `${led.join(", ")} name folders of ${ground.repo.mainTop}`;
  return ok("environment", `${fact}; in workers, setups and gates those of their own worktree`);
}

function rootCheck({ repo }: Ground, { worktrees: { root } }: Config): Check {
  const path = relative(repo.mainTop, root);
  if (path === ".." || path.startsWith("../")) return ok("worktrees", root);
  return warning(
    "worktrees",
    `the worktrees' root ${root} is inside the repository`,
    'choose one beside it: [worktrees] root = "../{repo}.trees"',
  );
}

async function driverCheck({ git, repo, invocation }: Ground, config: Config): Promise<Check> {
  const wiring = { pleach: invocation.pleach, file: config.tasks };
  const repaired = await wireDriver(git.at(repo.mainTop), wiring);
  return repaired
    ? { name: "merge driver", verdict: "repaired", detail: `wired for ${config.tasks}` }
    : ok("merge driver", `wired for ${config.tasks}`);
}
