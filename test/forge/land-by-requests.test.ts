import { join } from "node:path";
import { expect, test } from "vitest";
import { landByRequests } from "../../src/forge/land-by-requests.ts";
import type { TrackName } from "../../src/ground/ids.ts";
import { findTrack } from "../../src/track/track-store.ts";
import { testConfig } from "../support/config.ts";
import { testEnv } from "../support/env.ts";
import { type Forge, forgeOf } from "../support/gh.ts";
import { readyTrack, type TrackChanges } from "../support/ready-track.ts";
import { commitFiles, git, gitRepo, groundOf } from "../support/repo.ts";

/** The pause between two looks at the forge, 1 ms; nothing else waits so shortly. */
const pollMs = 1;
const backlog = "- [ ] Do auth  id:T1\n- [ ] Do docs  id:T2\n";

interface Stage {
  readonly top: string;
  readonly forge: Forge;
  readonly track: (name: string, changes?: TrackChanges) => TrackName;
  /** Follows these tracks; `whenQuiet` is called in the pause between two looks at the forge. */
  readonly follow: (
    names: readonly TrackName[],
    whenQuiet: (forge: Forge) => "go on" | "stop",
  ) => ReturnType<typeof landByRequests>;
  readonly state: (name: TrackName) => string | undefined;
}

async function stage(): Promise<Stage> {
  const top = gitRepo({ "README.md": "hello\n", "TASKS.md": backlog });
  const forge = forgeOf(top);
  const ground = await groundOf(top, { ...testEnv(), PATH: forge.path });
  const config = testConfig(top, { land: { gate: [{ name: "gate", command: "true" }] } });
  return {
    ...{ top, forge },
    track: (name, changes) => readyTrack(ground, config, name, changes).name,
    follow: async (names, whenQuiet) => {
      const interrupt = new AbortController();
      // The world moves on in the pause between two looks.
      const clock = {
        ...ground.clock,
        now: () => ground.clock.now(),
        monotonic: () => ground.clock.monotonic(),
        sleep: async (ms: number, signal?: AbortSignal) => {
          if (ms !== pollMs) return await ground.clock.sleep(ms, signal);
          if (whenQuiet(forge) === "stop") interrupt.abort();
        },
      };
      return await landByRequests({ ...ground, clock }, config, names, {
        ...{ signal: interrupt.signal, pollMs, onNote: () => undefined },
        onReport: () => undefined,
      });
    },
    state: (name) => findTrack(ground.store, name)?.at.state,
  };
}

test("a pull request is opened, followed to its merge, and its ticks land here and there", async () => {
  const { top, forge, track, follow, state } = await stage();
  const auth = track("auth", { tasks: ["T1"] });
  const reports = await follow([auth], (there) => {
    expect(there.requests()).toMatchObject([
      { number: 1, head: "work/auth", base: "main", title: "Task T1" },
    ]);
    expect(there.requests()[0]?.body).toContain("Pleach-Track: auth");
    there.merge(1, "squash");
    return "go on";
  });
  expect(reports).toMatchObject([{ track: "auth", outcome: "landed" }]);
  expect(state(auth)).toBe("landed");
  expect(git(top, "log", "--format=%s", "main")).toBe("Tick T1\nTask T1\nFirst");
  expect(git(forge.remote, "rev-parse", "main")).toBe(git(top, "rev-parse", "main"));
  expect(git(top, "status", "--porcelain")).toBe("");
});

test("a request that stands on another is stacked on it, and goes onto the target when the other is merged", async () => {
  const { top, forge, track, follow, state } = await stage();
  const auth = track("auth", {
    tasks: ["T1"],
    files: [{ "auth.txt": "1\n" }, { "auth.txt": "2\n" }],
  });
  const docs = track("docs", { tasks: ["T2"], base: "work/auth" });
  const bases: string[][] = [];
  const reports = await follow([docs, auth], (there) => {
    bases.push(there.requests().map(({ head, base }) => `${head} -> ${base}`));
    there.merge(bases.length, "squash");
    return "go on";
  });
  expect(bases).toEqual([
    ["work/auth -> main", "work/docs -> work/auth"],
    ["work/auth -> main", "work/docs -> main"],
  ]);
  expect(reports.map(({ track: name, outcome }) => [name, outcome])).toEqual([
    ["auth", "landed"],
    ["docs", "landed"],
  ]);
  expect([state(auth), state(docs)]).toEqual(["landed", "landed"]);
  expect(git(top, "log", "--format=%s", "main").split("\n")).toEqual([
    "Tick T2",
    "Task T2",
    "Tick T1",
    "Task T1",
    "First",
  ]);
  expect(git(forge.remote, "show", "main:TASKS.md")).not.toContain("[ ]");
});

test("an interrupted request goes on when asked again, and commits that have come to it are pushed", async () => {
  const { top, forge, track, follow } = await stage();
  const auth = track("auth");
  expect(await follow([auth], () => "stop")).toEqual([]);
  const worktree = join(top, "../repo.trees/auth");
  const tip = commitFiles(worktree, { "auth.txt": "reviewed\n" }, "Review");
  let looks = 0;
  const reports = await follow([auth], (there) => {
    looks += 1;
    expect(git(forge.remote, "rev-parse", "work/auth")).toBe(tip);
    there.merge(1, "merge");
    return "go on";
  });
  expect([looks, forge.requests().length]).toEqual([1, 1]);
  expect(reports).toMatchObject([{ outcome: "landed" }]);
});

test("a request that is closed waits for a person; asked again, another is opened", async () => {
  const { forge, track, follow, state } = await stage();
  const auth = track("auth");
  const closed = await follow([auth], (there) => {
    there.close(1);
    return "go on";
  });
  expect(closed).toMatchObject([{ outcome: "needs-human", reason: "closed" }]);
  expect(state(auth)).toBe("needs-human");
  await follow([auth], () => "stop");
  expect(forge.requests().map(({ state: now }) => now)).toEqual(["CLOSED", "OPEN"]);
});

test("a branch that has other commits at the remote is not overwritten", async () => {
  const { top, forge, track, follow } = await stage();
  const auth = track("auth");
  const foreign = git(top, "commit-tree", "-p", "main", "-m", "Theirs", "main^{tree}");
  git(top, "push", "--quiet", "origin", `${foreign}:refs/heads/work/auth`);
  await expect(follow([auth], () => "stop")).rejects.toMatchObject({ code: "pr/taken" });
  expect(git(forge.remote, "rev-parse", "work/auth")).toBe(foreign);
  expect(forge.requests()).toEqual([]);
});

test("a missing gh, or a missing remote, is named, and nothing is done", async () => {
  const top = gitRepo();
  const ground = await groundOf(top);
  const config = testConfig(top);
  const land = async (path: string) =>
    await landByRequests({ ...ground, env: { ...ground.env, PATH: path } }, config, [], {
      ...{ signal: new AbortController().signal, pollMs: 1 },
      ...{ onNote: () => undefined, onReport: () => undefined },
    });
  await expect(land(join(top, "nowhere"))).rejects.toMatchObject({ code: "gh/missing" });
  const forge = forgeOf(top);
  git(top, "branch", "--quiet", "--unset-upstream", "main");
  await expect(land(forge.path)).rejects.toMatchObject({ code: "pr/no-remote" });
  expect(forge.calls()).toEqual([["auth", "status"]]);
});
