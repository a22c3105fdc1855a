import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type ContractRow, contractRows } from "../../src/agents/contract.ts";
import { adapters } from "../../src/agents/known.ts";
import { goldenFile, type Recorded, readRecorded } from "../contract/golden.ts";
import type { Facts, Played } from "../contract/play.ts";
import { rowChecks } from "../contract/rows.ts";
import { type ScenarioName, scenario } from "../contract/scenarios.ts";
import { openTheatre, perform, type Theatre } from "./perform.ts";
import { binFolder, programs, whyNot } from "./programs.ts";

/*
 * Every row of the contract with the real programs. With PLEACH_RECORD=1 their output becomes the
 * recorded output that the quick suite plays.
 */

const rows = Object.keys(contractRows) as ContractRow[];
const isRecording = process.env["PLEACH_RECORD"] === "1";

for (const program of programs) {
  const adapter = adapters.find(({ name }) => name === program.name);
  const reason = adapter === undefined ? "it has no adapter" : whyNot(program);
  const title = reason === undefined ? program.name : `${program.name}: skipped, ${reason}`;
  describe.skipIf(reason !== undefined)(title, { timeout: 240_000 }, () => {
    if (adapter === undefined) return;
    const agent = adapter.make({ model: undefined });
    const facts: Record<string, Facts> = {};
    const plays = new Map<ScenarioName, Promise<Played>>();
    let opened: Promise<Theatre> | undefined;

    afterAll(async () => {
      const theatre = await opened;
      if (isRecording && theatre !== undefined) record(theatre);
      theatre?.close();
    });

    const play = (name: ScenarioName): Promise<Played> => {
      const known = plays.get(name) ?? start(name);
      plays.set(name, known);
      return known;
    };

    async function start(name: ScenarioName): Promise<Played> {
      opened ??= openTheatre();
      const theatre = await opened;
      const { after } = scenario(name, agent);
      const former = after === undefined ? undefined : await play(after);
      const session = former?.facts.session ?? randomUUID();
      const cast = { name, session, ...(former === undefined ? {} : { former }) };
      const { played, lines } = await perform(agent, theatre, cast);
      facts[name] = played.facts;
      if (isRecording) write(`${name}.jsonl`, `${lines.join("\n")}\n`, theatre);
      return played;
    }

    function record(from: Theatre): void {
      const said = execFileSync(join(binFolder, program.name), ["--version"], { env: from.env });
      const recorded: Recorded = {
        version: said.toString().trim(),
        facts: { ...readRecorded(program.name).facts, ...facts },
      };
      write("recorded.json", `${JSON.stringify(recorded, undefined, 2)}\n`, from);
    }

    function write(file: string, text: string, from: Theatre): void {
      const path = goldenFile(program.name, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, anonymous(text, from));
    }

    for (const row of rows) {
      const declared = adapter.contract[row];
      const isMet = declared.kind === "met";
      const why = declared.kind === "met" ? "" : `: not observable, ${declared.why}`;
      test.skipIf(!isMet)(`${row}${why}`, async () => {
        await rowChecks[row](agent, play);
      });
    }

    test("the program is the version it was tried with", () => {
      expect(program.source.endsWith(`@${agent.triedWith}`)).toBe(true);
    });
  });
}

/** Removes everything of the machine it was recorded on. */
function anonymous(text: string, { worktree, folder, home, port }: Theatre): string {
  const places = [
    ...([
      [worktree, "/trees/auth"],
      [folder, "/state/tracks/auth"],
      [home, "/home/u"],
    ] as const),
    [binFolder, "/usr/local/bin"] as const,
    [`127.0.0.1:${port}`, "127.0.0.1:4000"] as const,
    ["/tmp/", "/run/u/"] as const,
    // A folder's name as Claude Code makes it of a path.
    [worktree.replaceAll("/", "-"), "-trees-auth"] as const,
  ];
  return places.reduce((said, [from, to]) => said.replaceAll(from, to), text);
}
