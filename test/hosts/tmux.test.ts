import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { liveness } from "../../src/ground/proc/identity.ts";
import { closeWindowsOf, tmuxPlace } from "../../src/grow/launch.ts";
import { restartTrack } from "../../src/grow/restart.ts";
import { startTrack } from "../../src/grow/start.ts";
import { stopTrack } from "../../src/grow/stop.ts";
import { listPanes, tmuxHost } from "../../src/hosts/tmux.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { cli } from "../support/cli.ts";
import { testEnv } from "../support/env.ts";
import { eventsOf } from "../support/events.ts";
import { growRepo, settled, working } from "../support/grow.ts";
import { gitRepo, groundOf } from "../support/repo.ts";
import { tui } from "../support/terminal.ts";
import { pathWith, serverOf, wake } from "../support/tmux.ts";
import { trackSeed } from "../support/track.ts";

/** Reads the environment a process was started with, sorted. */
const environ = (pid: number): readonly string[] =>
  readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter(Boolean).toSorted();

test("a job gets exactly its argv and its environment, on a server of its own", async () => {
  const top = gitRepo();
  const user = {
    TMUX: "/tmp/of-the-user,1,0",
    TMUX_TMPDIR: "/nowhere",
    LEAK: "1",
    CLAUDECODE: "1",
  };
  const ground = await groundOf(top, { ...testEnv(), ...user });
  const server = serverOf(ground);
  const out = join(dirname(top), "said");
  const odd = ["$(id)", "a b", "'\"", ";", "x;", "#{pid}", "", "ü\n"];
  const script = 'printf "%s\\0" "$@" > "$0"; exec sleep 300';
  const hosted = await tmuxHost(tmuxPlace(ground)).start({
    id: "w_1",
    label: "auth",
    argv: ["/bin/sh", "-c", script, out, ...odd],
    cwd: top,
    env: { PATH: "/usr/bin:/bin", KEPT: "a=b c", TERM: "xterm-kitty" },
    outputFile: join(dirname(top), "log"),
  });
  if (hosted.kind !== "started") throw new Error(hosted.why);
  const { pid } = hosted.process;
  const ready = () => existsSync(out) && readFileSync(out, "utf8").split("\0").slice(0, -1);
  await expect.poll(ready, { timeout: 20_000 }).toEqual(odd);
  const term = server("show-options", "-gv", "default-terminal");
  const expected = ["KEPT=a=b c", "PATH=/usr/bin:/bin", `PWD=${top}`, `TERM=${term}`];
  const version = server("display-message", "-p", "#{version}");
  const program = ["TERM_PROGRAM=tmux", `TERM_PROGRAM_VERSION=${version}`];
  const seen = environ(pid).filter((entry) => !/^(?:_|OLDPWD|SHLVL)=/.test(entry));
  expect(seen.filter((entry) => !program.includes(entry))).toEqual(expected);
  expect(await liveness(hosted.process)).toBe("alive");
  expect(globSync(join(dirname(top), "*.job"))).toEqual([]);
  expect(server("show-environment", "-g")).not.toMatch(/LEAK|CLAUDECODE|of-the-user/);
  process.kill(pid, "SIGKILL");
});

test("a worker has a window named after its track, which shows its agent's output and how it ended", async () => {
  const { ground, config } = await growRepo();
  const server = serverOf(ground);
  const seed = trackSeed(ground, "auth.v2", { agent: "silent", host: "tmux" });
  await startTrack(ground, config, seed);
  const worker = await working(ground, seed.name);
  expect(worker.host).toBe("tmux");
  expect(server("list-windows", "-a", "-F", "#{window_name}")).toBe("auth.v2");
  expect(await listPanes(tmuxPlace(ground))).toMatchObject({
    panes: [{ track: "auth.v2", dead: false, pid: worker.supervisor?.pid }],
  });
  const screen = () => server("capture-pane", "-p", "-t", "pleach:");
  await expect.poll(screen, { timeout: 20_000 }).toContain("silent works on auth.v2");
  // Keys reach no program: not even Ctrl-C ends the worker.
  server("send-keys", "-t", "pleach:", "C-c", "q", "C-z", "C-c");
  expect(await stopTrack(ground, seed.name)).toEqual({ kind: "gone" });
  const dead = async () => {
    wake(server);
    return (await listPanes(tmuxPlace(ground))) as { panes: readonly object[] };
  };
  await expect.poll(dead).toMatchObject({ panes: [{ dead: true, exitCode: 130 }] });
  expect(screen()).toContain("the worker is killed, track auth.v2 is needs-human");
  expect(screen()).not.toContain("q\n");

  // The next worker takes the window over; its viewer stays.
  await restartTrack(ground, config, seed.name);
  await working(ground, seed.name);
  expect(await listPanes(tmuxPlace(ground))).toMatchObject({ panes: [{ dead: false }] });
  await closeWindowsOf(ground, seed.name);
  expect(await listPanes(tmuxPlace(ground))).toMatchObject({ panes: [{ dead: false }] });
  await stopTrack(ground, seed.name);
  await expect.poll(dead).toMatchObject({ panes: [{ dead: true }] });
  await closeWindowsOf(ground, seed.name);
  expect(await listPanes(tmuxPlace(ground))).toEqual({ kind: "known", panes: [] });
  await expect.poll(() => server("list-sessions")).toContain("no server running");
});

test("several workers start at once, without a server before", async () => {
  const { ground, config } = await growRepo();
  const server = serverOf(ground);
  const names = ["one", "two", "three"];
  const seeds = names.map((name) => trackSeed(ground, name, { agent: "works", host: "tmux" }));
  await Promise.all(seeds.map(async (seed) => await startTrack(ground, config, seed)));
  for (const { name } of seeds) expect((await settled(ground, name)).at.state).toBe("ready");
  const windows = server("list-windows", "-a", "-F", "#{window_name}").split("\n");
  expect(windows.toSorted()).toEqual(names.toSorted());
  const hosts = seeds.map(({ name }) => latestWorker(ground.store, name)?.host);
  expect(hosts).toEqual(["tmux", "tmux", "tmux"]);
});

const door = "until test -e ../door; do sleep 0.1; done; echo 1 > a; git add a; git commit -qm A";
const kinds = [
  ["stream", ["sh", "-c", door], ""],
  ["terminal", [tui, "{prompt}"], "SCRIPT: say hello; until ../door; commit Work ENDSCRIPT"],
] as const;

test.each(kinds)(
  "a worker in mode %s outlives a server that is killed",
  async (mode, command, prompt) => {
    const section = `mode = "${mode}"\ndone_after = "1s"\ncommand = ${JSON.stringify(command)}`;
    const { ground, config, top } = await growRepo(`[agents.waits]\n${section}\n`);
    const server = serverOf(ground);
    const seed = trackSeed(ground, "auth", { agent: "waits", host: "tmux", mode, prompt });
    await startTrack(ground, config, seed);
    const worker = await working(ground, seed.name);
    const screen = () => server("capture-pane", "-p", "-t", "pleach:");
    const shows = mode === "terminal" ? "hello" : "waits works on auth";
    await expect.poll(screen, { timeout: 20_000 }).toContain(shows);
    process.kill(Number(server("display-message", "-p", "-t", "pleach", "#{pid}")), "SIGKILL");
    await expect.poll(() => server("list-sessions")).toMatch(/no server running|refused/);
    writeFileSync(join(top, "../repo.trees/door"), "");
    expect((await settled(ground, seed.name)).at.state).toBe("ready");
    expect(latestWorker(ground.store, seed.name)?.id).toBe(worker.id);
  },
);

test("a worker grows without tmux all the same, and the loss is recorded", async () => {
  const { ground: whole, config, top } = await growRepo();
  const PATH = pathWith(dirname(top), ["sh", "git", "cat", "env", "sort"]);
  const ground = { ...whole, env: { ...whole.env, PATH } };
  const seed = trackSeed(ground, "auth", { agent: "works", host: "tmux" });
  await startTrack(ground, config, seed);
  expect((await settled(ground, seed.name)).at.state).toBe("ready");
  expect(latestWorker(ground.store, seed.name)?.host).toBe("headless");
  const [told] = eventsOf(ground.store, "worker.hosted");
  expect(told?.lost).toContain("tmux is not on PATH");
  const again = await cli(["start", "auth", "--yes"], { cwd: top, env: ground.env });
  expect(again).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining("tmux is not on PATH"),
  });
  await settled(ground, seed.name);
});
