import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { recordTrack } from "../../src/track/track-store.ts";
import { testEnv } from "../support/env.ts";
import { launcher, root } from "../support/places.ts";
import { gitRepo, groundOf } from "../support/repo.ts";
import { trackSeed } from "../support/track.ts";

test("--version prints the version and loads nothing but the launcher and main", () => {
  const report = `import { registerHooks } from "node:module";
    registerHooks({ resolve(specifier, context, next) {
      const found = next(specifier, context);
      if (!found.url.startsWith("node:")) process.stderr.write(found.url + "\\n");
      return found;
    } });`;
  const hook = `data:text/javascript,${encodeURIComponent(report)}`;
  const ran = spawnSync(process.execPath, ["--import", hook, launcher, "--version"], {
    encoding: "utf8",
  });
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(ran).toMatchObject({ status: 0, stdout: `${version}\n` });
  const loaded = ran.stderr
    .trim()
    .split("\n")
    .map((url) => url.split("/").at(-1));
  expect(loaded).toEqual(["pleach.js", "main.js"]);
});

test("a reader that goes away is no error", () => {
  const line = `"$0" "$1" --help | true; echo "\${PIPESTATUS[0]}"`;
  const ran = spawnSync("bash", ["-c", line, process.execPath, launcher], { encoding: "utf8" });
  expect(ran).toMatchObject({ stdout: "0\n", stderr: "" });
});

test("Ctrl-C ends what follows the journal with 130", async () => {
  const repo = gitRepo();
  const ground = await groundOf(repo);
  const seed = trackSeed(ground, "auth");
  recordTrack(ground, seed.name, { type: "track.planned", seed });
  const child = spawn(process.execPath, [launcher, "events", "--follow"], {
    cwd: repo,
    env: testEnv(),
  });
  const errors = text(child.stderr);
  const [first] = await once(child.stdout, "data");
  expect(JSON.parse(String(first))).toMatchObject({ type: "track.planned", track: "auth" });
  recordTrack(ground, seed.name, { type: "track.provisioning" });
  const [second] = await once(child.stdout, "data");
  expect(JSON.parse(String(second))).toMatchObject({ type: "track.provisioning" });
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([130, null]);
  expect(await errors).toBe("");
});
