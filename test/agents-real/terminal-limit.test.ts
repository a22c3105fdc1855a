import { describe, expect, test } from "vitest";
import type { EventKind } from "../../src/ground/journal/event.ts";
import { eventsOf } from "../support/events.ts";
import { git } from "../support/repo.ts";
import { type Program, programs, whyNot } from "./programs.ts";
import { stage } from "./stage.ts";
import { trustAll } from "./trust.ts";

/*
 * The real programs in a terminal, whose account reaches a limit: they are ended, and go on later.
 */

for (const program of programs.filter(({ name }) => name === "claude" || name === "codex")) {
  const reason = whyNot(program);
  const name = reason === undefined ? program.name : `${program.name}: skipped, ${reason}`;
  describe.skipIf(reason !== undefined)(name, { timeout: 180_000 }, () => suite(program));
}

function suite(program: Program): void {
  test("a limit in a terminal holds the account at once, and the same session goes on", async () => {
    const steps = [
      ...["error 429 times=2", "write src/alpha.ts <<export const alpha = 1>>"],
      ...["run <<git add -A && git commit -m 'Add alpha'>>", "say <<done>>"],
    ];
    const task = `- [ ] Add alpha  id:alpha touches:src/alpha.ts\n  SCRIPT: ${steps.join("; ")} ENDSCRIPT\n`;
    const agent = `[agents.${program.name}]\nmode = "terminal"\npermissions = "bypass"\ndone_after = "3s"\n`;
    const holds = `[holds]\nprobe = "1s"\nprobe_max = "2s"\nstagger = "1s"\n`;
    const here = await stage(program, task, `${agent}[land]\ngate = "git log -1"\n${holds}`);
    trustAll(here);
    expect((await here.pleach("run", "--yes", "--offline")).exitCode).toBe(0);
    const events = <Kind extends EventKind>(kind: Kind) => eventsOf(here.ground.store, kind);
    const [held] = events("account.held");
    expect(held).toMatchObject({ kind: "rate", strikes: 1 });
    const [told] = events("worker.signalled").filter(({ said }) => said.says === "failed");
    expect((held?.at ?? 0) - (told?.at ?? 0)).toBeLessThan(3_000);
    const [first, ...later] = events("worker.created").map(({ session }) => session);
    expect(first).toBeNull();
    const sessionId = events("worker.session")[0]?.sessionId;
    for (const session of later) expect(session).toMatchObject({ id: sessionId });
    expect(git(here.top, "show", "main:src/alpha.ts")).toBe("export const alpha = 1");
  });
}
