import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { Choice, ReplayTask } from "./choose.ts";
import { gitIn, type ReplayGit } from "./git.ts";

/** The foreign repository as a clone in a scratch folder; the original is only read. */
export interface Scene {
  readonly scratch: string;
  readonly git: ReplayGit;
  readonly head: string;
}

/** The knowledge of the agents: the backlog's commits, and how all of it will look in the end. */
export interface Script {
  readonly tasks: readonly ReplayTask[];
  readonly finalTree: string;
}

export function cloneInto(repo: string): Scene {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), "pleach-replay-")));
  const folder = join(scratch, basename(resolve(repo), ".git"));
  const here = gitIn(scratch);
  here.text("clone", "--quiet", "--shared", "--no-checkout", resolve(repo), folder);
  const git = gitIn(folder);
  const head = git.text("rev-parse", "HEAD");
  git.text("remote", "remove", "origin");
  git.text("config", "user.name", "Replay");
  git.text("config", "user.email", "replay@pleach.invalid");
  git.text("config", "commit.gpgSign", "false");
  return { scratch, git, head };
}

/**
 * Checks the base out as `main`, with a backlog and a configuration on top; gives back that commit.
 * @param parallel how many gates run at once, when that is not left to Pleach
 */
export function setScene(
  { scratch, git }: Scene,
  base: string,
  choice: Choice,
  parallel?: number,
): string {
  git.text("checkout", "--quiet", "--detach", base);
  const branches = git.text("for-each-ref", "--format=%(refname)", "refs/heads").split("\n");
  for (const branch of branches) git.text("update-ref", "-d", branch);
  git.text("checkout", "--quiet", "-b", "main");
  const script: Script = { tasks: choice.tasks, finalTree: choice.finalTree };
  const scriptFile = join(scratch, "script.json");
  writeFileSync(scriptFile, JSON.stringify(script));
  mkdirSync(join(scratch, "user"));
  writeFileSync(join(git.folder, "TASKS.md"), formatBacklog(choice.tasks));
  writeFileSync(join(git.folder, "pleach.toml"), formatConfig(base, scriptFile, parallel));
  git.text("add", "--force", "TASKS.md", "pleach.toml");
  git.text("commit", "--quiet", "--no-verify", "-m", "Write the backlog of a replay");
  return git.text("rev-parse", "HEAD");
}

/** @param done ticks every box */
export function formatBacklog(tasks: readonly ReplayTask[], done = false): string {
  const box = done ? "x" : " ";
  const items = tasks.map(({ id, subject, paths, declared, after, priority, minutes }) => {
    const attributes = [
      `id:${id}`,
      ...(declared ? [`touches:${paths.join(",")}`] : []),
      ...(after.length === 0 ? [] : [`after:${after.join(",")}`]),
      `est:${minutes}m`,
      ...(priority === 0 ? [] : [`priority:${priority}`]),
    ];
    return `- [${box}] ${subject}  ${attributes.join(" ")}\n  replay-task: ${id}\n`;
  });
  return `# Replay\n\n${items.join("")}`;
}

function formatConfig(base: string, scriptFile: string, parallel: number | undefined): string {
  const own = (name: string): string => join(import.meta.dirname, name);
  const agent = [process.execPath, own("agent.ts"), scriptFile, "{prompt_file}"];
  const gate = [process.execPath, own("gate.ts"), base].map((part) => `'${part}'`).join(" ");
  return [
    'agent = "replay"',
    'target = "main"',
    "",
    "[land]",
    `gate = ${JSON.stringify(gate)}`,
    ...(parallel === undefined ? [] : [`parallel = ${parallel}`]),
    'guard = ["pleach.toml"]',
    "",
    "[agents.replay]",
    `command = ${JSON.stringify(agent)}`,
    "",
  ].join("\n");
}
