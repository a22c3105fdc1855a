import { join } from "node:path";
import { expect, test } from "vitest";
import { claudeTerminal } from "../../../src/agents/claude/terminal.ts";
import { codexTerminal } from "../../../src/agents/codex/terminal.ts";
import { systemClock } from "../../../src/ground/clock.ts";
import { Typist } from "../../../src/grow/terminal/typist.ts";
import { scratch } from "../../support/scratch.ts";
import { onlooker, own, tui } from "../../support/terminal.ts";

/* Typing into a terminal in which a person has begun to write. */

async function draft(profile: Pick<ReturnType<typeof claudeTerminal>, "stash" | "readScreen">) {
  const { terminal, mirror, pty, shows, news } = await own([tui]);
  let skewMs = 0;
  const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + skewMs };
  const typist = new Typist({
    ...{ terminal, mirror, clock, ended: pty.ended },
    profile: { ...claudeTerminal({ model: undefined }), ...profile },
    hooks: { on: () => () => undefined, catchUp: () => undefined },
    typingFile: join(scratch(), "typing"),
  });
  await expect.poll(() => terminal.board.get("")?.state).toBe("idle");
  const someone = await onlooker({ columns: 80, rows: 24 });
  terminal.join(someone, { fresh: true });
  terminal.type(someone, Buffer.from("half a thought"));
  await shows("❯ half a thought");
  const say = async () => {
    const saying = typist.say({ text: "say told" });
    const look = () => {
      for (const { kind, ...told } of news) {
        if (kind === "status" && "report" in told && told.report.kind === "report") {
          typist.reported(told.report.record.state);
        }
      }
      return undefined;
    };
    const watching = setInterval(look, 20);
    return await saying.finally(() => clearInterval(watching));
  };
  const later = (ms: number): void => {
    skewMs += ms;
  };
  return { typist, say, later, shows };
}

test("a draft holds a message, and is put aside once it is left alone; it comes back by itself", async () => {
  const { typist, say, later, shows } = await draft(claudeTerminal({ model: undefined }));
  const held = { kind: "held", why: "somebody's draft stands in its composer" };
  expect(await say()).toEqual(held);
  later(29_000);
  expect(await say()).toEqual(held);
  expect(typist.gate()).toMatchObject({ kind: "held", by: "draft" });
  later(1_500);
  expect(typist.gate()).toEqual({ kind: "open" });
  expect(await say()).toMatchObject({ kind: "taken" });
  const screen = await shows("❯ half a thought");
  expect(screen).toContain("told");
});

test("a message is held where the program cannot put a draft aside", async () => {
  const { say, later, shows } = await draft(codexTerminal({ model: undefined }));
  later(100_000);
  expect(await say()).toMatchObject({ kind: "held" });
  expect(await shows("❯ half a thought")).not.toContain("told");
});
