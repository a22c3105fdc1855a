import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recordTrack } from "../../src/track/track-store.ts";
import { cli } from "../support/cli.ts";
import { testEnv } from "../support/env.ts";
import { gitRepo, groundOf } from "../support/repo.ts";
import { scratch } from "../support/scratch.ts";
import { trackSeed } from "../support/track.ts";

/** The words that bash offers after these words. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const file = join(scratch(), "completion.bash");
  writeFileSync(file, (await cli(["completion", "bash"])).stdout);
  const script = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pleach; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const printed = execFileSync("bash", ["-c", script, file, "pleach", ...words], {
    encoding: "utf8",
  });
  return printed.trim().split("\n");
}

test("bash completes verbs, options and their values", async () => {
  expect(await offered("ev")).toEqual(["events"]);
  expect(await offered("-C", "/x", "compl")).toEqual(["completion"]);
  expect(await offered("events", "--fo")).toEqual(["--follow"]);
  expect(await offered("completion", "z")).toEqual(["zsh"]);
  expect(await offered("complete-")).toEqual([""]);
});

test("names of tracks are listed for the shell, and nothing outside a repository", async () => {
  const repo = gitRepo();
  const ground = await groundOf(repo);
  const seed = trackSeed(ground, "auth");
  recordTrack(ground, seed.name, { type: "track.planned", seed });
  const env = testEnv();
  expect(await cli(["complete-tracks"], { cwd: repo, env })).toMatchObject({ stdout: "auth\n" });
  const outside = await cli(["complete-tracks"], { cwd: scratch(), env });
  expect(outside).toEqual({ exitCode: 0, stdout: "", stderr: "" });
});
