import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import { trackFiles } from "../../src/track/track-files.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { serverOf } from "../support/tmux.ts";
import { pictureOf } from "./picture.ts";
import { type Program, programs, whyNot } from "./programs.ts";
import { type Stage, stage } from "./stage.ts";
import { trust } from "./trust.ts";

/*
 * The picture of the real programs in tmux, colours included: the same with our supervisor between
 * them and the terminal as without it, at three sizes.
 */

const alpha = parseTrackName("alpha");

for (const program of programs.filter((one) => one.name === "claude" || one.name === "codex")) {
  const reason = whyNot(program);
  const title = reason === undefined ? program.name : `${program.name}: skipped, ${reason}`;
  describe.skipIf(reason !== undefined)(title, { timeout: 180_000 }, () => suite(program));
}

/** Returns the very command of a supervised agent, for a window of its own, without our hooks. */
function directly(here: Stage): readonly string[] {
  const { pid = 0 } = latestWorker(here.ground.store, alpha)?.agentProcess ?? {};
  const read = (name: string) =>
    readFileSync(`/proc/${pid}/${name}`, "utf8").split("\0").slice(0, -1);
  const bare = join(here.top, "../settings.json");
  writeFileSync(bare, "{}");
  const { folder } = trackFiles(here.ground.repo.stateDir, alpha);
  const args = read("cmdline").map((arg, at, all) => {
    if (all[at - 1] === "--session-id") return crypto.randomUUID();
    return arg === join(folder, "claude-settings.json") ? bare : arg;
  });
  const isHook = (at: number) => /^hooks\./.test(args[at] ?? "");
  const argv = args.filter((arg, at) => !isHook(at) && !(arg === "-c" && isHook(at + 1)));
  const env = read("environ").filter((one) => !/^(?:PLEACH_\w+|TMUX\w*)=/.test(one));
  return ["env", "-i", ...env, ...argv];
}

const sizes = [
  [120, 40],
  [90, 30],
  [60, 20],
  [120, 40],
] as const;

/** Whether a condition becomes true within six seconds. */
async function becomes(isSo: () => boolean): Promise<boolean> {
  return await expect
    .poll(isSo, { timeout: 6_000 })
    .toBe(true)
    .then(
      () => true,
      () => false,
    );
}

function suite(program: Program): void {
  const isClaude = program.name === "claude";
  const ask = isClaude
    ? "run <<curl http://127.0.0.1:1/>>"
    : 'tool exec_command {"cmd":"ls /","sandbox_permissions":"require_escalated","justification":"look"}';
  const words = "**bold** and `code`, 漢字, 👩‍👩‍👧 and so on";

  test("the picture is the same with the supervisor and without it", async () => {
    const steps = [`say <<${words}>>`, "say <<second>>", ask, "say <<x>>"];
    const tasks = `- [ ] Add alpha  id:alpha\n  SCRIPT: ${steps.join("; ")} ENDSCRIPT\n`;
    const toml = `[land]\ngate = "git log -1"\n[agents.${program.name}]\nmode = "terminal"\ndone_after = "1h"\n`;
    const here = await stage(program, tasks, toml);
    trust(here);
    const server = serverOf(here.ground);
    const started = await here.pleach(
      ...["start", "alpha", "--task", "alpha", "--yes", "--host", "tmux"],
    );
    expect(started, started.stderr).toMatchObject({ exitCode: 0 });
    await expect
      .poll(() => latestWorker(here.ground.store, alpha)?.agentProcess, { timeout: 60_000 })
      .toBeTruthy();
    const { worktree } = await here.track("alpha");
    server(
      "new-window",
      "-d",
      "-n",
      "direct",
      "-c",
      worktree,
      "-t",
      "pleach:",
      "--",
      ...directly(here),
    );
    const windows = ["alpha", "direct"] as const;
    const look = (window: string): string =>
      pictureOf(server("capture-pane", "-p", "-e", "-t", `pleach:${window}`)).join("\n");
    const resize = (width: number, height: number): void => {
      for (const window of windows) {
        server("resize-window", "-t", `pleach:${window}`, "-x", `${width}`, "-y", `${height}`);
      }
    };
    const show = async (text: string): Promise<void> => {
      for (const [width, height] of sizes) {
        const isAlike = (): boolean => {
          const [one = "", other] = windows.map(look);
          return one === other && one.includes(text);
        };
        // Sizes that follow fast may leave signs of the former size in the next, with or without
        // the supervisor: a program draws its whole picture anew only when the size changes.
        let alike = false;
        for (let tries = 0; !alike && tries < 4; tries += 1) {
          if (tries > 0) resize(width - 1, height);
          resize(width, height);
          alike = await becomes(isAlike);
        }
        // The program moves: a picture that was the same need not be the same at a second look.
        if (alike) continue;
        const [one, other] = windows.map(look);
        expect(one, `${width}x${height}`).toBe(other);
        expect(one, `${width}x${height}`).toContain(text);
      }
    };
    const say = (text: string): void => {
      for (const window of windows) server("send-keys", "-t", `pleach:${window}`, "-l", text);
    };
    const enter = (): void => {
      for (const window of windows) server("send-keys", "-t", `pleach:${window}`, "Enter");
    };
    await show("漢字");
    say("go on");
    await show("go on");
    enter();
    await show("second");
    say("and once more");
    await show("once more");
    enter();
    await show(isClaude ? "Do you want to proceed?" : "Would you like to run");
  });
}
