import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import { liveness } from "../../src/ground/proc/identity.ts";
import { requireTrack } from "../../src/track/track-store.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { terminal } from "../support/own-window.ts";
import { launcher } from "../support/places.ts";
import { leftovers, projectOf, states, until } from "../support/program.ts";
import { git } from "../support/repo.ts";
import { atWork, expectOneSession, letGo, withFixtures } from "../support/sessions.ts";
import { serverOf } from "../support/tmux.ts";

const toml = 'agent = "claude"\nhost = "tmux"\nworkers = 1\n[land]\ngate = "true"\n';
const tasks = "- [ ] One task-keep  id:T1 touches:a/**\n- [ ] Two task-keep  id:T2 touches:b/**\n";

test("a session lands once after its terminal closed, a pause was killed halfway, and another run resumed it", async () => {
  const project = await projectOf({ "pleach.toml": toml, "TASKS.md": tasks });
  const { top, ground } = project;
  const env = withFixtures(project.env);
  const pleach = async (...args: readonly string[]) => await project.start(args, env).ended;
  const server = serverOf(ground);

  // A person runs it in a window of theirs, and closes that window.
  const window = terminal(top, [process.execPath, launcher, "run", "--yes"], env);
  const { track } = await until(project, "worker.started");
  const name = parseTrackName(String(track));
  const seed = requireTrack(ground.store, name);
  const worker = await atWork(ground, seed, 1);
  window.close();
  const isFree = async () =>
    await Promise.all(
      ground.store
        .all<{ owner: string }>("SELECT owner FROM leases WHERE name = 'run'")
        .map(async ({ owner }) => await liveness(JSON.parse(owner))),
    );
  await expect.poll(isFree, { timeout: 20_000 }).not.toContain("alive");
  expect(await liveness(worker.supervisor ?? ground.self)).toBe("alive");

  const cut = await project.start(["pause", name], { ...env, PLEACH_FAULT: "pause:recorded" })
    .ended;
  expect(cut.signal).toBe("SIGKILL");
  // The next run finishes the pause, and starts neither it nor the other task in its place.
  const idle = await pleach("run", "--yes");
  expect(idle.exitCode, idle.stdout + idle.stderr).toBe(3);
  expect(idle.stdout).toContain(`pleach resume ${name}`);
  expect(Object.values(states(project))).toEqual(["needs-human"]);
  expect(latestWorker(ground.store, name)?.at.state).toBe("paused");
  expect(readFileSync(join(seed.worktree, "dirty.txt"), "utf8")).toBe("half\n");
  expect((await pleach("ls")).stdout).toMatch(/needs-human \(paused\) .* paused \(tmux\)/);

  expect(await pleach("resume", "--all", "--yes")).toMatchObject({ exitCode: 0 });
  await atWork(ground, seed, 2);
  expect(server("list-windows", "-a", "-F", "#{window_name}")).toBe(name);
  letGo(seed);
  await until(project, "track.ready", { track: name });
  expectOneSession({ ground, seed, worker }, 2);
  const last = await pleach("run", "--yes");
  expect(last.exitCode, last.stdout + last.stderr).toBe(0);
  expect(git(top, "show", "main:dirty.txt")).toBe("half");
  // A landed track needs no window any more; with the last window the server has gone.
  expect(existsSync(seed.worktree)).toBe(false);
  await expect.poll(() => server("list-sessions")).toContain("no server running");
  expect(await leftovers(project)).toEqual([]);
});
