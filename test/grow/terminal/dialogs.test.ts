import { join } from "node:path";
import { expect, test } from "vitest";
import { claudeTerminal } from "../../../src/agents/claude/terminal.ts";
import { type HookEvent, readHook } from "../../../src/agents/hooks.ts";
import { systemClock } from "../../../src/ground/clock.ts";
import { Dialogs } from "../../../src/grow/terminal/dialogs.ts";
import { Typist } from "../../../src/grow/terminal/typist.ts";
import { scratch } from "../../support/scratch.ts";
import { own, tui } from "../../support/terminal.ts";

/* Dialogs whose hooks are gone: only keys are left, which go to whichever dialog is open. */

async function dialog() {
  const { terminal, mirror, pty, news, shows } = await own([tui, "ask Bash: make"]);
  const listeners: ((event: HookEvent) => void)[] = [];
  const hooks = {
    on: (take: (event: HookEvent) => void) => {
      listeners.push(take);
      return () => undefined;
    },
    catchUp: () => undefined,
  };
  const folder = scratch();
  const speaking = {
    ...{ terminal, mirror, hooks, clock: systemClock, ended: pty.ended },
    profile: { ...claudeTerminal({ model: undefined }), steps: () => [{ shows: [], keys: "y" }] },
    typingFile: join(folder, "typing"),
    hookFolder: folder,
  };
  const typist = new Typist(speaking);
  const dialogs = new Dialogs({ ...speaking, typist });
  const asks = (name: string): void => {
    const payload = { tool_name: "Bash", tool_input: { command: name } };
    for (const take of listeners) take(readHook("PermissionRequest", payload, name));
    dialogs.opened(name, { tool: "Bash", input: payload.tool_input });
  };
  await shows("y/n");
  await expect.poll(() => news.filter(({ kind }) => kind === "status").length).toBeGreaterThan(1);
  return { dialogs, asks, shows };
}

test("a key answers the only dialog, once its hook is gone", async () => {
  const { dialogs, asks, shows } = await dialog();
  asks("ask.1");
  expect(await dialogs.answer("ask.1", { kind: "allow" })).toMatchObject({ kind: "taken" });
  await shows("answered yes");
});

test("no key answers one of several dialogs: the open dialog may be another's", async () => {
  const { dialogs, asks, shows } = await dialog();
  asks("ask.1");
  asks("ask.2");
  const stuck = { kind: "stuck", why: "only a person at it can answer it" };
  expect(await dialogs.answer("ask.1", { kind: "allow" })).toEqual(stuck);
  expect(await shows("y/n")).not.toContain("answered");
  expect(await dialogs.answer("dialog-9", { kind: "allow" })).toMatchObject({ kind: "moot" });
});
