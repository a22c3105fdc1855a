import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Ground } from "../../../src/ground/ground.ts";
import { asWorkerId } from "../../../src/ground/ids.ts";
import { CheckoutGuard } from "../../../src/run/guard/checkout-guard.ts";
import { trackFiles } from "../../../src/track/track-files.ts";
import { recordWorker } from "../../../src/worker/worker-store.ts";
import { testConfig } from "../../support/config.ts";
import { eventsOf } from "../../support/events.ts";
import { growTrack } from "../../support/growing.ts";
import { gitRepo, groundOf, writeFiles } from "../../support/repo.ts";

const told = (ground: Ground) => eventsOf(ground.store, "checkout.changed");

async function watched() {
  const repo = gitRepo({ "a.txt": "one\n", ".gitignore": "cache/\n.env\n" });
  const ground = await groundOf(repo);
  const config = testConfig(repo);
  const auth = growTrack(ground, config, "auth");
  const { folder, transcript, output } = trackFiles(ground.repo.stateDir, auth.name);
  writeFiles(folder, { "output.log": "", "transcript.jsonl": "" });
  writeFiles(repo, { "cache/deep/old": "1\n" });
  const guard = new CheckoutGuard(ground, config);
  await guard.begin({ isRun: true });
  const following = guard.follow();
  onTestFinished(following.stop);
  const says = (event: object): void => {
    appendFileSync(
      transcript,
      `${JSON.stringify({ kind: "tool", detail: "", paths: [], ...event })}\n`,
    );
    appendFileSync(output, "> tool\n");
  };
  return { repo, ground, auth, guard, says };
}

test("a worker that writes into the user's checkout is named within seconds, ignored files too", async () => {
  const { repo, ground, guard, says } = await watched();
  writeFiles(repo, { "a.txt": "stray\n", "cache/deep/new": "1\n", ".env": "by somebody\n" });
  says({ tool: "Edit", paths: [join(repo, "a.txt")] });
  says({ tool: "Bash", detail: "echo 1 > ../../repo/cache/deep/new" });
  const paths = (track: string | undefined): readonly unknown[] =>
    told(ground)
      .filter((event) => event.track === track)
      .flatMap((event) => event.paths)
      .toSorted();
  await expect.poll(() => paths("auth")).toEqual(["a.txt", "cache/deep/new"]);
  await expect.poll(() => paths(undefined)).toEqual([".env"]);
  expect(guard.notes.join("\n")).toMatch(/^auth wrote into .*\(its Edit named it\): a\.txt/m);
});

test.runIf(process.platform === "linux")(
  "a worker is named when its process works in the checkout, and none is without evidence",
  async () => {
    const { repo, ground, auth } = await watched();
    writeFiles(repo, { nobody: "1\n" });
    await expect.poll(() => told(ground)).toHaveLength(1);
    expect(told(ground)[0]).toMatchObject({ paths: ["nobody"] });
    expect(told(ground)[0]).not.toHaveProperty("track");
    const worker = asWorkerId("w_stray");
    recordWorker(
      ground,
      { track: auth.name, worker },
      {
        ...{ type: "worker.created", worker, agent: "fixture", attempt: 1 },
        ...{ starter: ground.self, refusedTip: null, session: null },
      },
    );
    const child = spawn("sh", ["-c", "echo 1 > stray; exec sleep 60"], {
      cwd: repo,
      env: { PATH: process.env["PATH"] ?? "", PLEACH_WORKER: worker },
      stdio: "ignore",
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await expect.poll(() => told(ground)).toHaveLength(2);
    expect(told(ground).at(-1)).toMatchObject({
      ...{ track: "auth", paths: ["stray"], how: "its process works there" },
    });
  },
  90_000,
);
