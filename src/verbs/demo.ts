import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { Git } from "../ground/git/git.ts";
import { besideLauncher, type Invocation } from "../ground/ground.ts";

/**
 * A scratch repository with a small real program, its tests and a backlog; they lie in the package of
 * the launcher.
 * @param folder where; a fresh folder of the system's temporary directory when undefined
 * @throws PleachError `demo/exists` when there is something at that place already
 */
export async function prepareDemo(
  invocation: Pick<Invocation, "env" | "pleach">,
  folder: string | undefined,
): Promise<string> {
  const top = folder ?? join(realpathSync(mkdtempSync(join(tmpdir(), "pleach-demo-"))), "ledger");
  if (existsSync(top)) {
    throw new PleachError({
      code: "demo/exists",
      message: `${top} is there already`,
      hint: "name a folder that does not exist yet, or none",
      exitCode: ExitCode.usage,
    });
  }
  mkdirSync(dirname(top), { recursive: true });
  const material = besideLauncher(invocation, "../demo");
  cpSync(join(material, "project"), top, { recursive: true });
  cpSync(join(material, "TASKS.md"), join(top, "TASKS.md"));
  cpSync(join(material, "pleach.toml"), join(top, "pleach.toml"));
  // Not a file of the package: packing would take it for its own.
  writeFileSync(join(top, ".gitignore"), "node_modules/\n");
  const git = new Git(top, invocation.env);
  await git.text(["init", "--quiet", "--initial-branch=main"]);
  await git.text(["config", "user.name", "Pleach demo"]);
  await git.text(["config", "user.email", "demo@pleach.invalid"]);
  await git.text(["config", "commit.gpgSign", "false"]);
  await git.text(["add", "--all"]);
  await git.text(["commit", "--quiet", "--message", "A very small ledger"]);
  return realpathSync(top);
}

/** The history of a demo as a graph, newest first. */
export async function demoGraph(git: Git): Promise<string> {
  return await git.text(["log", "--graph", "--no-color", "--format=%h%d %s (%an)", "main"]);
}
