import { dirname } from "node:path";
import { expect, test } from "vitest";
import { startTrack } from "../../src/grow/start.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { cli } from "../support/cli.ts";
import { growRepo, working } from "../support/grow.ts";
import { terminal } from "../support/own-window.ts";
import { launcher } from "../support/places.ts";
import { serverOf } from "../support/tmux.ts";
import { trackSeed } from "../support/track.ts";

test("several people look at different workers from their own terminals, and leave them growing", async () => {
  const { ground, config, top } = await growRepo();
  const server = serverOf(ground);
  for (const name of ["one", "two"]) {
    await startTrack(ground, config, trackSeed(ground, name, { agent: "silent", host: "tmux" }));
    await working(ground, trackSeed(ground, name).name);
  }
  const attach = (track: string) => [process.execPath, launcher, "-C", top, "attach", track];
  // A terminal inside a tmux of the user's: TMUX is set there, and its server hears nothing of us.
  const first = terminal(dirname(top), attach("one"));
  const second = terminal(dirname(top), attach("two"));
  const third = terminal(dirname(top), attach("two"));
  const shows = async (view: typeof first, text: string) =>
    await expect.poll(view.screen, { timeout: 20_000 }).toContain(text);
  await shows(first, "silent works on one");
  await shows(second, "silent works on two");
  await shows(third, "silent works on two");
  await shows(first, "silent works on one");
  expect(server("list-clients").split("\n")).toHaveLength(3);
  first.keys("C-b", "d");
  await shows(first, "ended with 0");
  const clients = () => server("list-clients").split("\n").length;
  await expect.poll(clients).toBe(2);
  await expect.poll(() => server("list-sessions").split("\n")).toHaveLength(3);
  second.close();
  await expect.poll(clients).toBe(1);
  expect(latestWorker(ground.store, trackSeed(ground, "one").name)?.at.state).toBe("working");
});

test.each([
  ["a terminal that this machine does not know", { TERM: "terminal-of-tomorrow" }],
  ["a locale without an encoding", { LC_ALL: "C" }],
  ["no terminal's name at all", { TERM: "" }],
])("a worker's window is shown in %s", async (_what, variables) => {
  const { ground, config, top } = await growRepo();
  await startTrack(ground, config, trackSeed(ground, "one", { agent: "silent", host: "tmux" }));
  await working(ground, trackSeed(ground, "one").name);
  serverOf(ground)("rename-window", "-t", "pleach:one", "ünder 😀");
  const said = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const attach = [process.execPath, launcher, "-C", top, "attach", "one"];
  const { screen } = terminal(dirname(top), ["env", ...said, ...attach]);
  await expect.poll(screen, { timeout: 20_000 }).toContain("silent works on one");
  expect(screen()).toContain("ünder 😀");
});

test("the reader is told how to follow a worker without a window, or a terminal", async () => {
  const { ground, config, top } = await growRepo();
  const server = serverOf(ground);
  const go = async (name: string, host: "headless" | "tmux") => {
    await startTrack(ground, config, trackSeed(ground, name, { agent: "silent", host }));
    await working(ground, trackSeed(ground, name).name);
    return await cli(["attach", name], { cwd: top, env: ground.env });
  };
  expect(await go("plain", "headless")).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("pleach logs plain -f"),
  });
  expect(await go("shown", "tmux")).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("no terminal to attach to"),
  });
  server("kill-server");
  const closed = await cli(["attach", "shown"], { cwd: top, env: ground.env });
  expect(closed.stderr).toContain("the window of shown was closed");
});
