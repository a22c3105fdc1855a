import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseRaceName, parseSha, parseTrackName } from "../../src/ground/ids.ts";
import { openProgramKinds } from "../../src/ground/program.ts";
import { pickSteps } from "../../src/race/pick.ts";
import { openRaces, recordRace, requireRace } from "../../src/race/race-store.ts";
import { recoverAll } from "../../src/run/recover.ts";
import { allTracks, requireTrack } from "../../src/track/track-store.ts";
import { apartArgv, apartEnv } from "../support/apart.ts";
import { type ConfigChanges, testConfig } from "../support/config.ts";
import { killMoments } from "../support/depth.ts";
import { readyTrack } from "../support/ready-track.ts";
import { git, gitRepo, groundOf } from "../support/repo.ts";

/*
 * Kills a pick with -9 before, in and after every one of its steps; then the next command finds out
 * what is true: the race is decided, or it goes on as if none had been picked.
 */

const changes: ConfigChanges = { land: { gate: [{ name: "test", command: "true" }] } };

async function sceneOf() {
  const top = gitRepo({ "README.md": "hello\n" });
  const ground = await groundOf(top);
  const config = testConfig(top, changes);
  const base = parseSha(git(top, "rev-parse", "main"));
  const candidates = ["r-1", "r-2"].map(parseTrackName);
  recordRace(ground, { name: parseRaceName("r"), base, candidates });
  readyTrack(ground, config, "r-1", { files: { "one.txt": "1\n", "both.txt": "1\n" } });
  readyTrack(ground, config, "r-2", { files: { "two.txt": "2\n", "both.txt": "2\n" } });
  return { top, ground, config };
}

/** Picks in a process of its own that dies. @returns the signal the process died of */
async function pickApart(top: string, fault: string, what: readonly string[]) {
  const [node, ...argv] = apartArgv("pick", top, JSON.stringify(changes), ...what);
  const env = apartEnv(fault);
  const child = spawn(node, argv, { env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [, signal] = await once(child, "close");
  return { signal, said };
}

const cases = pickSteps.flatMap((step) => killMoments.map((moment) => ({ step, moment })));
test.each(cases)(
  "a pick killed at $step:$moment decides the race or leaves it as it was",
  async ({ step, moment }) => {
    const { top, ground, config } = await sceneOf();
    const isComposed = step === "compose" || step === "cut";
    const what = isComposed ? ["r-1:one.txt", "r-2:two.txt"] : ["r-1"];
    const died = await pickApart(top, `pick:${step}:${moment}`, what);
    expect(died, died.said).toMatchObject({ signal: "SIGKILL" });
    await recoverAll(ground, config);
    expect(openProgramKinds(ground.store)).toEqual([]);
    const landed = git(top, "log", "--format=%s", "main").split("\n").length > 1;
    const isLate = step === "drop" || (step === "land" && moment !== "intent");
    expect(landed).toBe(isLate);
    const states = allTracks(ground.store).map(({ name, at }) => `${name} ${at.state}`);
    if (landed) {
      expect(states).toEqual(["r-1 landed", "r-2 dropped"]);
      expect(requireRace(ground.store, "r").picked).toBe("r-1");
      return;
    }
    const isCut = step === "cut" && moment === "result";
    expect(states).toEqual(["r-1 ready", "r-2 ready", ...(isCut ? ["r-3 ready"] : [])]);
    expect(openRaces(ground.store)).toHaveLength(1);
    // Nothing half made is in the way of the next pick.
    const branches = git(top, "branch", "--list", "--format=%(refname:short)", "work/r-3");
    expect(branches).toBe(isCut ? "work/r-3" : "");
    expect(existsSync(join(config.worktrees.root, "r-3"))).toBe(isCut);
    for (const name of ["r-1", "r-2"].map(parseTrackName)) {
      expect(existsSync(requireTrack(ground.store, name).worktree)).toBe(true);
    }
  },
  60_000,
);
