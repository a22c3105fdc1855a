/**
 * The agent of a replay, started by Pleach in a track's worktree: `agent.ts SCRIPT PROMPT`. Its
 * work is real commits; a handed-back track is rebased, with the paths in conflict taken from the
 * known end of the story.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { gitIn } from "./git.ts";
import type { Script } from "./scene.ts";

const [scriptFile = "", promptFile = ""] = process.argv.slice(2);
const { tasks, finalTree } = JSON.parse(readFileSync(scriptFile, "utf8")) as Script;
const prompt = readFileSync(promptFile, "utf8");
const asked = [...prompt.matchAll(/^\s*replay-task: (T\d+)$/gm)].map(([, id]) => id);
const mine = tasks.filter(({ id }) => asked.includes(id));
const git = gitIn(process.cwd());
const defect = "\n<<<<<<< a defect for the gate to find\n";

if (mine.length === 0) throw new Error("the prompt names no task");
if (existsSync(".pleach/HANDOFF.md")) answer();
else await work();

async function work(): Promise<void> {
  for (const { id, sha, workMs, defect: broken } of mine) {
    console.log(`${id}: ${sha}`);
    await sleep(workMs);
    if (git.find("cherry-pick", sha) === undefined) settleAll("cherry-pick");
    if (broken === undefined) continue;
    writeFileSync(broken, readFileSync(broken, "utf8") + defect);
    git.text("commit", "--quiet", "--all", "--amend", "--no-edit");
  }
}

function answer(): void {
  const target = process.env["PLEACH_TARGET"] ?? "main";
  if (git.find("rebase", "--quiet", target) === undefined) settleAll("rebase");
  const broken = mine.flatMap(({ defect: path }) => path ?? []);
  const found = broken.filter((path) => readFileSync(path, "utf8").endsWith(defect));
  if (found.length === 0) return;
  for (const path of found)
    writeFileSync(path, readFileSync(path, "utf8").slice(0, -defect.length));
  git.text("commit", "--quiet", "--all", "-m", "Mend what the gate found");
}

/** Settles one stop after the other until git is through. */
function settleAll(command: "cherry-pick" | "rebase"): void {
  for (let stops = 0; stops <= mine.length; stops += 1) {
    const paths = git.fields("diff", "--name-only", "--diff-filter=U", "-z");
    if (paths.length === 0) throw new Error(`${command} stopped without a conflict`);
    for (const path of paths) takeFinal(path);
    if (git.find("-c", "core.editor=true", command, "--continue") !== undefined) return;
  }
  throw new Error(`${command} did not come to an end`);
}

function takeFinal(path: string): void {
  console.log(`settled: ${path}`);
  if (git.find("cat-file", "-e", `${finalTree}:${path}`) === undefined) {
    rmSync(path, { force: true });
    git.text("rm", "--quiet", "--cached", "--ignore-unmatch", "--", path);
  } else {
    git.text("checkout", "--quiet", finalTree, "--", path);
  }
}
