import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import { sendSignal } from "../../src/ground/proc/end.ts";
import { findTree } from "../../src/ground/proc/find.ts";
import {
  identify,
  liveness,
  ownIdentity,
  type ProcessIdentity,
  processIdentitySchema,
} from "../../src/ground/proc/identity.ts";
import { requireTrack } from "../../src/track/track-store.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { launcher, root } from "../support/places.ts";
import { type Project, projectOf, type Ran, until } from "../support/program.ts";
import { git } from "../support/repo.ts";
import { scriptedTask, writes } from "../support/tasks.ts";

/** A container on the same files: another PID namespace, with a /proc of its own. */
const container = [
  "unshare",
  "--user",
  "--map-root-user",
  "--pid",
  "--fork",
  "--mount-proc",
  "--kill-child",
];
const [program = "", ...inside] = container;
const hasContainers =
  process.platform === "linux" && spawnSync(program, [...inside, "true"]).status === 0;
/** Whether all namespaces can be seen from here. */
const isHost = hasContainers && readlinkSync("/proc/self/ns/pid") === "pid:[4026531836]";

function within({ top, env }: Project, ...args: readonly string[]): Ran {
  const ran = spawnSync(program, [...inside, process.execPath, launcher, ...args], {
    cwd: top,
    env,
  });
  const [stdout, stderr] = [ran.stdout.toString(), ran.stderr.toString()];
  return { exitCode: ran.status, signal: ran.signal, stdout, stderr };
}

/** Starts a process in another namespace, and gets the identity it gives itself, while it lives. */
async function stranger(): Promise<{
  readonly it: ProcessIdentity;
  readonly end: () => Promise<void>;
}> {
  const say = `import("${root}/src/ground/proc/identity.ts").then(async (all) => {
    console.log(JSON.stringify(await all.ownIdentity())); setInterval(() => 0, 1000); });`;
  const child = spawn(program, [...inside, process.execPath, "-e", say]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  const end = async (): Promise<void> => {
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
  };
  return { it: processIdentitySchema.parse(JSON.parse(said.toString())), end };
}

test.runIf(hasContainers)(
  "a process of a container is never taken for gone, or for another process",
  async () => {
    const { it, end } = await stranger();
    const own = await ownIdentity();
    expect(it.space).not.toBe(own.space);
    expect(await liveness(it)).toBe(isHost ? "alive" : "unknown");
    expect(await findTree({ name: "PLEACH_WORKER", value: "w_0" }, [it])).toMatchObject({
      kind: "unknown",
    });
    // The process that has this pid here is another: pid 1 would be hit.
    await sendSignal({ ...it, start: "0" }, "SIGKILL");
    expect(await identify(1)).toBeDefined();
    await end();
    expect(await liveness(it)).toBe(isHost ? "gone" : "unknown");
  },
);

test.runIf(hasContainers)(
  "from a container, a worker of the host is left alone, and a run refuses",
  async () => {
    const project = await projectOf({
      "pleach.toml": 'agent = "scripted"\n[land]\ngate = "true"\n',
    });
    const { top, ground } = project;
    const door = join(dirname(top), "door");
    const script = `run until test -e ${door}; do sleep 0.05; done\n${writes("a.txt")}`;
    writeFileSync(join(top, "TASKS.md"), scriptedTask("One  id:T1", script));
    git(top, "add", "--all");
    git(top, "commit", "--quiet", "--message", "Tasks");
    const run = project.start(["run", "--yes", "--offline"]);
    const { track = "" } = await until(project, "worker.started");
    const before = latestWorker(ground.store, parseTrackName(track));
    const second = within(project, "run", "--yes", "--offline");
    expect(second).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("of another PID namespace (a container)"),
    });
    run.child.kill("SIGKILL");
    await run.ended;
    expect(within(project, "ls").exitCode).toBe(0);
    for (const verb of ["stop", "drop"]) {
      const refused = within(project, verb, track);
      expect(refused.exitCode, verb).not.toBe(0);
      expect(refused.stdout + refused.stderr).toContain(
        "runs in another PID namespace (a container)",
      );
    }
    const after = latestWorker(ground.store, parseTrackName(track));
    expect(after?.id).toBe(before?.id);
    expect(await liveness(after?.supervisor ?? (await ownIdentity()))).toBe("alive");
    expect(ground.store.events().map(({ type }) => type)).not.toContain("worker.lost");
    expect(existsSync(requireTrack(ground.store, parseTrackName(track)).worktree)).toBe(true);
  },
);
