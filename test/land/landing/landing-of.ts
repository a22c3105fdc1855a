import { openPrograms } from "../../../src/ground/program.ts";
import type { LandOptions } from "../../../src/land/landing/land-options.ts";
import { landTrack } from "../../../src/land/queue/land-track.ts";
import { findTrack } from "../../../src/track/track-store.ts";
import { type ConfigChanges, testConfig } from "../../support/config.ts";
import { readyTrack, type TrackChanges } from "../../support/ready-track.ts";
import { git, gitRepo, groundOf } from "../../support/repo.ts";

/** Builds the task file of these tests, with some tasks done. */
export const taskFile = (...done: readonly string[]): string =>
  `# Work\n\n${["T1", "T2", "T3"].map((id) => `- [${done.includes(id) ? "x" : " "}] Task ${id}  id:${id}\n`).join("")}`;

export interface Scene {
  readonly files?: Readonly<Record<string, string>>;
  readonly config?: ConfigChanges;
  readonly track?: TrackChanges;
}

/** Makes a repository with one ready track that adds `auth.txt` for T1, and a gate that passes. */
export async function landingOf({ files, config: changes, track: made }: Scene = {}) {
  const top = gitRepo({ "README.md": "hello\n", "TASKS.md": taskFile(), ...files });
  const ground = await groundOf(top);
  const gate = [{ name: "test", command: "true" }];
  const config = testConfig(top, { ...changes, land: { gate, ...changes?.land } });
  const track = readyTrack(ground, config, "auth", { tasks: ["T1"], ...made });
  return {
    ...{ top, ground, config, track },
    state: () => findTrack(ground.store, track.name)?.at,
    open: () => openPrograms(ground.store, "land").length,
    act: async (options: LandOptions = {}) => await landTrack(ground, config, track.name, options),
  };
}

export const subjects = (top: string): readonly string[] =>
  git(top, "log", "--format=%s", "main").split("\n");
export const status = (top: string): string => git(top, "status", "--porcelain");
