import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import { trackFiles } from "../../src/track/track-files.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { settled } from "../support/grow.ts";
import { writeFiles } from "../support/repo.ts";
import { expectValid } from "../support/schema.ts";
import { programs, whyNot } from "./programs.ts";
import { stage } from "./stage.ts";

/* The reports of the real programs through their hooks, which are given to a single run only. */

const alpha = parseTrackName("alpha");
const hooksIn = (file: string): readonly { readonly hook: string; readonly worker: string }[] =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** The programs with hooks that can be given to a single run. */
const hooked = programs.filter(({ name }) => name === "claude" || name === "codex");

for (const program of hooked) {
  const reason = whyNot(program);
  const name = reason === undefined ? program.name : `${program.name}: skipped, ${reason}`;
  describe.skipIf(reason !== undefined)(name, { timeout: 120_000 }, () => {
    test("its hooks are heard, and another track's change is told before an edit", async () => {
      const steps = [
        "write src/alpha.ts <<export const alpha = 1>>",
        "write src/alpha.ts <<export const alpha = 2>>",
        "run <<git add -A && git commit -m 'Add alpha'>>",
        "say <<done>>",
      ];
      const task = `- [ ] Add alpha  id:alpha\n  SCRIPT: ${steps.join("; ")} ENDSCRIPT\n`;
      const here = await stage(program, task, '[land]\ngate = "git log -1"\n');
      const files = trackFiles(here.ground.repo.stateDir, alpha);
      writeFiles(files.folder, { "foreign.paths": "src/alpha.ts\tbilling\n" });
      await here.pleach("start", "alpha", "--task", "alpha", "--yes");
      await settled(here.ground, alpha);
      const told = hooksIn(files.signals);
      const names = told.map(({ hook }) => hook);
      expect(names.slice(0, 2)).toEqual(["SessionStart", "UserPromptSubmit"]);
      expect(names).toContain("PreToolUse");
      expect(names).toContain("PostToolUse");
      expect(names).toContain("Stop");
      const worker = latestWorker(here.ground.store, alpha);
      expect(new Set(told.map((one) => one.worker))).toEqual(new Set([worker?.id]));
      const heard = worker?.signals.find(({ source }) => source === "hook");
      expect(heard).toMatchObject({ says: "turn-ended" });
      const why = await here.pleach("status", "alpha", "--why", "--json");
      expectValid("ls", JSON.parse(why.stdout));
      const { evidence } = JSON.parse(why.stdout).tracks[0].worker;
      expect(evidence[0]).toMatchObject({ weight: "decides", source: "process", says: "exited" });
      expect(evidence).toContainEqual(expect.objectContaining({ source: "hook", weight: "older" }));
      const sessions = here.ground.store.events().filter(({ type }) => type === "worker.session");
      expect(sessions).toMatchObject([{ sessionId: worker?.sessionId }]);
      expect(here.requests()).toContain("src/alpha.ts has also been changed by billing");
      expect(readFileSync(join(files.folder, "foreign.told"), "utf8")).toBe("src/alpha.ts\n");
    });
  });
}
