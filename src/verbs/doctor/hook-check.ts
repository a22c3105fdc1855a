import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Ground } from "../../ground/ground.ts";
import { describeEnding, run, succeeded } from "../../ground/proc/run.ts";
import { hookScript } from "../../grow/signals/hook-reader.ts";
import { payloadFolder, SignalReader } from "../../grow/signals/signal-file.ts";
import { type Check, ok, warning } from "./check.ts";

const timeoutMs = 5_000;
const worker = "doctor";
/** A payload that fits a line, and a payload that has to take the way round through a file. */
const payloads = [{ session_id: "short" }, { session_id: "long", prompt: "x".repeat(6_000) }];

/**
 * Calls what agents' hooks call, as they call it, and looks whether a supervisor would hear it: a
 * hook never fails, so that one that says nothing would go unseen.
 */
export async function agentHooksCheck(ground: Ground): Promise<Check> {
  const folder = mkdtempSync(join(ground.repo.stateDir, "hook-probe-"));
  try {
    const signals = join(folder, "signals.ndjson");
    mkdirSync(payloadFolder(signals), { mode: 0o700 });
    const reader = new SignalReader(signals);
    const began = ground.clock.monotonic();
    for (const payload of payloads) {
      const words = [hookScript(ground), "SessionStart", worker, folder, ground.repo.mainTop];
      const called = await run(["sh", ...words], {
        ...{ cwd: folder, env: ground.env, timeoutMs },
        input: JSON.stringify(payload),
      });
      if (!succeeded(called)) return silent(ground, describeEnding(called.ending));
    }
    const tookMs = Math.round((ground.clock.monotonic() - began) / payloads.length);
    const heard = reader
      .read()
      .flatMap((line) => (line.type === "hook" ? [line.event.session ?? ""] : []));
    const missing = payloads.filter(({ session_id }) => !heard.includes(session_id));
    return missing.length === 0
      ? ok("agent hooks", `heard, in about ${tookMs} ms each`)
      : silent(ground, "it was called, and nothing was heard of it");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function silent(ground: Ground, why: string): Check {
  return warning(
    "agent hooks",
    `what agents' hooks call does not work: ${why}; only their streams tell how they are`,
    `sh ${hookScript(ground)} shows why; install pleach again when it is not there`,
  );
}
