import { expect, test } from "vitest";
import { startTrack } from "../../src/grow/start.ts";
import { attachTo } from "../../src/grow/terminal/attach.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { growRepo, settled } from "../support/grow.ts";
import { person, tui } from "../support/terminal.ts";
import { serverOf, wake } from "../support/tmux.ts";
import { trackSeed } from "../support/track.ts";

/* Windows whose terminal is the agent's own, as if its supervisor were not there. */

const quoted = JSON.stringify([tui, "{prompt}"]);
const toml = `[agents.tui]\ncommand = ${quoted}\nmode = "terminal"\ndone_after = "1s"\n`;

async function grow(script: string) {
  const { ground, config } = await growRepo(toml);
  const server = serverOf(ground);
  const prompt = `SCRIPT: ${script} ENDSCRIPT`;
  const seed = trackSeed(ground, "auth", { agent: "tui", mode: "terminal", host: "tmux", prompt });
  await startTrack(ground, config, seed);
  const worker = () => latestWorker(ground.store, seed.name);
  const until = async (state: string) =>
    await expect.poll(() => worker()?.at.state, { timeout: 20_000 }).toBe(state);
  return { ground, seed, server, prompt, worker, until };
}

test.each([
  ["colours and wide signs", "say one; say \u001b[31mrot 漢字\u001b[0m; ask Bash: make"],
  ["line feeds without returns", "say one; lf; wait 100000"],
])("%s look the same with and without the supervisor, at three sizes", async (_, script) => {
  const { server, prompt, until } = await grow(script);
  await until(script.includes("ask") ? "blocked" : "working");
  const direct = ["-d", "-n", "direct", "-t", "pleach:", "--", tui, prompt];
  server("new-window", ...direct);
  const look = (window: string) => server("capture-pane", "-p", "-e", "-t", `pleach:${window}`);
  const last = script.includes("lf") ? "ghi" : "y/n";
  for (const [width, height] of [
    [120, 40],
    [90, 30],
    [60, 20],
  ]) {
    for (const window of ["auth", "direct"]) {
      server("resize-window", "-t", `pleach:${window}`, "-x", `${width}`, "-y", `${height}`);
      const foot = script.includes("lf") && width === 120 ? last : `---- ${width}x`;
      await expect.poll(() => look(window), { timeout: 20_000 }).toContain(foot);
    }
    const both = () => [look("auth"), look("direct")];
    await expect.poll(() => new Set(both()).size, { timeout: 20_000 }).toBe(1);
  }
  const modes =
    "#{alternate_on} #{mouse_standard_flag} #{mouse_sgr_flag} #{cursor_flag} #{pane_title}";
  const state = (window: string) =>
    server("display-message", "-p", "-t", `pleach:${window}`, modes);
  expect(state("auth")).toBe(state("direct"));
  expect(state("auth")).toBe("1 1 1 1 tui");
});

test("keys reach the agent, and its window shows how it ended", async () => {
  const { ground, seed, server, until } = await grow("ask Bash: make; exit 3");
  await until("blocked");
  server("send-keys", "-t", "pleach:auth", "y");
  await settled(ground, seed.name);
  const dead = () => {
    wake(server);
    return server("list-panes", "-t", "pleach:auth", "-F", "#{pane_dead} #{pane_dead_status}");
  };
  await expect.poll(dead, { timeout: 20_000 }).toBe("1 3");
});

test("a closed window ends nothing: the agent works on, and can be attached to", async () => {
  const { ground, seed, server, worker, until } = await grow("ask Bash: make; commit Work");
  await until("blocked");
  server("kill-window", "-t", "pleach:auth");
  await expect.poll(() => server("list-windows", "-a"), { timeout: 20_000 }).not.toContain("auth");
  const someone = await person({ columns: 80, rows: 20 });
  const attached = attachTo(worker()?.socket ?? "", someone.outer, { readOnly: false });
  await someone.shows("Run this command? y/n");
  someone.type("y");
  expect((await settled(ground, seed.name)).at).toMatchObject({ state: "ready" });
  expect(await attached).toEqual({ kind: "ended" });
});
