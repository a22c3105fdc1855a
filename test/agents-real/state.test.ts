import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import { trackFiles } from "../../src/track/track-files.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { writeFiles } from "../support/repo.ts";
import { type Program, programs, whyNot } from "./programs.ts";
import { type Stage, stage } from "./stage.ts";

/*
 * The truth about the real programs in a terminal, compared with the record: which worker waits,
 * which was interrupted though no hook said so, and which source told us.
 */

const alpha = parseTrackName("alpha");

for (const program of programs.filter(({ name }) => name === "claude" || name === "codex")) {
  const reason = whyNot(program);
  const name = reason === undefined ? program.name : `${program.name}: skipped, ${reason}`;
  describe.skipIf(reason !== undefined)(name, { timeout: 60_000 }, () => suite(program));
}

/**
 * Starts a worker in a terminal without a viewer; the questions of its first start are answered
 * before.
 */
async function begun(program: Program, steps: string): Promise<Stage> {
  const toml = `[agents.${program.name}]\nmode = "terminal"\n`;
  const task = `- [ ] Add alpha  id:alpha\n  SCRIPT: ${steps} ENDSCRIPT\n`;
  const here = await stage(program, task, toml);
  const home = join(here.top, "../home");
  const config = readFileSync(join(home, ".codex/config.toml"), "utf8");
  const seen = '[notice.model_migrations]\n"gpt-5.5" = "gpt-6-sol"\n';
  writeFiles(home, {
    ".codex/config.toml": `${config}[projects."${here.top}"]\ntrust_level = "trusted"\n${seen}`,
    ".claude.json": JSON.stringify({
      hasCompletedOnboarding: true,
      customApiKeyResponses: { approved: ["not-a-key-at-all"] },
      projects: { [here.top]: { hasTrustDialogAccepted: true } },
    }),
  });
  const start = ["start", "alpha", "--task", "alpha", "--yes", "--host", "headless"];
  expect((await here.pleach(...start)).exitCode).toBe(0);
  return here;
}

function suite(program: Program): void {
  const worker = ({ ground }: Stage) => latestWorker(ground.store, alpha);
  const becomes = async (here: Stage, state: object) =>
    await expect.poll(() => worker(here), { timeout: 30_000 }).toMatchObject(state);

  /** Presses Esc as an attached person: again when it came before the program listened. */
  const interrupt = async (here: Stage): Promise<void> => {
    const socket = connect(worker(here)?.socket ?? "");
    onTestFinished(() => void socket.destroy());
    socket.resume();
    const tell = (request: object) => socket.write(`${JSON.stringify(request)}\n`);
    tell({ op: "attach", columns: 100, rows: 30, readOnly: false });
    const press = () => {
      tell({ op: "input", data: Buffer.from("\x1b").toString("base64") });
      return worker(here)?.at;
    };
    await expect
      .poll(press, { timeout: 30_000, interval: 2_000 })
      .toMatchObject({ state: "idle", reason: "interrupted" });
  };

  /** Reads the last word of each source, as `status --why` shows it. */
  const evidence = async (here: Stage) => {
    const { stdout } = await here.pleach("status", "alpha", "--why", "--json");
    return JSON.parse(stdout).tracks[0].worker.evidence as readonly object[];
  };
  const shows = async (here: Stage, signal: object) =>
    await expect
      .poll(async () => await evidence(here), { timeout: 20_000 })
      .toContainEqual(expect.objectContaining(signal));

  test("an Esc while the program streams is seen", async () => {
    const here = await begun(program, "slow <<one two three four five six>> 60000; say <<x>>");
    await becomes(here, { at: { state: "working" }, source: "program" });
    await interrupt(here);
    expect((await evidence(here))[0]).toMatchObject({ source: "program", says: "interrupted" });
    // Claude has no hook for Esc: earlier reports of its hooks are past.
    const isClaude = program.name === "claude";
    const [says, weight] = isClaude ? ["working", "older"] : ["interrupted", "agrees"];
    await shows(here, { source: "hook", says, weight });
    // Claude records a prompt that was taken back before an answer began as if it stood.
    if (!isClaude) await shows(here, { source: "transcript", says, weight });
  });

  test.runIf(program.name === "claude")("a dialog is seen, and its denial by Esc", async () => {
    const here = await begun(program, "run <<curl http://127.0.0.1:1/>>; say <<x>>");
    await becomes(here, { at: { state: "blocked", reason: "permission" }, source: "program" });
    await shows(here, { source: "hook", says: "blocked", weight: "agrees" });
    const { transcript } = trackFiles(here.ground.repo.stateDir, alpha);
    expect(readFileSync(transcript, "utf8")).toContain('"kind":"tool","tool":"Bash"');
    await interrupt(here);
    await shows(here, { source: "transcript", says: "interrupted", weight: "agrees" });
  });

  test.runIf(program.name === "claude")("a question is seen", async () => {
    const question = { question: "Which?", header: "Q", multiSelect: false };
    const options = ["Red", "Blue"].map((label) => ({ label, description: label }));
    const input = JSON.stringify({ questions: [{ ...question, options }] });
    const here = await begun(program, `tool AskUserQuestion ${input}; say <<x>>`);
    await becomes(here, { at: { state: "blocked", reason: "question" }, source: "program" });
    await shows(here, { source: "hook", reason: "question", weight: "agrees" });
  });

  test.runIf(program.name === "claude")("a sub-agent's work stands apart", async () => {
    // Encoded, so that it is not taken for the script itself.
    const inner = String.raw`\u0053CRIPT: run <<echo hi>>; slow <<a b c d e f g h>> 60000`;
    const input = `{"description":"d","subagent_type":"general-purpose","prompt":"${inner}"}`;
    const here = await begun(program, `tool Agent ${input}; say <<x>>`);
    await shows(here, { source: "program", subAgent: expect.any(String), weight: "apart" });
    await shows(here, { source: "hook", subAgent: expect.any(String), weight: "apart" });
    // The parent's own turn has ended meanwhile, and the sub-agent will wake it.
    await shows(here, { source: "hook", words: "working: 1 in the background", weight: "agrees" });
    expect(worker(here)).toMatchObject({ at: { state: "working" }, source: "program" });
  });
}
