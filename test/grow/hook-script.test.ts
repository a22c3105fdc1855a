import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { HookEvent } from "../../src/agents/hooks.ts";
import { parseTrackName } from "../../src/ground/ids.ts";
import { HookQueue } from "../../src/grow/delivery/hook-queue.ts";
import { prepareHooks } from "../../src/grow/signals/hook-reader.ts";
import { SignalReader } from "../../src/grow/signals/signal-file.ts";
import { trackFiles } from "../../src/track/track-files.ts";
import { scratch } from "../support/scratch.ts";

/*
 * The script that agents' hooks call, run by the available shells, and read as a supervisor does.
 */

const script = join(import.meta.dirname, "../../bin/hook.sh");
const shells = ["sh", "bash", "busybox"].filter(
  (shell) => spawnSync(shell, shell === "busybox" ? ["sh", "-c", ""] : ["-c", ""]).status === 0,
);

function place() {
  const folder = scratch();
  mkdirSync(join(folder, "hooks"));
  const file = join(folder, "signals.ndjson");
  const reader = new SignalReader(file);
  const events = (): readonly HookEvent[] =>
    reader.read().map((line) => {
      if (line.type !== "hook") throw new Error(JSON.stringify(line));
      return line.event;
    });
  return { folder, file, events };
}

/** The hook events with a duty in a real run. */
const duties: { readonly [event: string]: string } = {
  PostToolUse: "context",
  UserPromptSubmit: "context",
  Stop: "block",
  PermissionRequest: "await",
};

const argv = (shell: string, event: string, folder: string): readonly [string, string[]] => {
  const words = [event, "w_1", folder, "/trees/auth", ...(duties[event] ? [duties[event]] : [])];
  return [shell, [...(shell === "busybox" ? ["sh"] : []), script, ...words]];
};

function call(shell: string, event: string, folder: string, payload: unknown): string {
  const input = typeof payload === "string" ? payload : `${JSON.stringify(payload)}\n`;
  const ended = spawnSync(...argv(shell, event, folder), { input, encoding: "utf8" });
  expect([ended.status, ended.stderr]).toEqual([0, ""]);
  return ended.stdout;
}

const lengths = (file: string): readonly number[] =>
  readFileSync(file, "latin1")
    .trimEnd()
    .split("\n")
    .map((line) => line.length + 1);

describe.each(shells)("%s", (shell) => {
  test("a short payload stands in the line, a long or broken one beside it; nothing is cut", () => {
    const { folder, file, events } = place();
    const prompts = ["", "é \u{1f33f} \" \\ \n\t'$(id)`", "x".repeat(3_000), "ü\n".repeat(500_000)];
    for (const prompt of prompts) call(shell, "UserPromptSubmit", folder, { prompt });
    call(shell, "UserPromptSubmit", folder, JSON.stringify({ prompt: "in lines" }, undefined, 2));
    expect(readdirSync(join(folder, "hooks"))).toHaveLength(2);
    expect(Math.max(...lengths(file))).toBeLessThan(4_096);
    const texts = events().map((event) => (event.kind === "prompt" ? event.text : event.kind));
    expect(texts).toEqual([...prompts, "in lines"]);
    expect(readdirSync(join(folder, "hooks"))).toEqual([]);
  });

  test("an empty or broken payload tells its event, and a missing folder fails no agent", () => {
    const { folder, events } = place();
    call(shell, "Stop", folder, "");
    call(shell, "Stop", folder, `"${"x".repeat(5_000)}`);
    call(shell, "NewInALaterVersion", folder, {});
    expect(events().map(({ kind }) => kind)).toEqual(["turn-ended", "turn-ended", "unknown"]);
    call(shell, "Stop", join(folder, "gone"), "x".repeat(5_000));
    expect(existsSync(join(folder, "gone"))).toBe(false);
  });

  test("an edit of a file that another track changed is told of once, and no other edit is", () => {
    const { folder } = place();
    const edit = (path: string, tool = "Edit") =>
      call(shell, "PreToolUse", folder, {
        transcript_path: "/home/x.jsonl",
        tool_name: tool,
        tool_input: { old_string: '"file_path":"/trees/auth/b.ts"', file_path: path },
      });
    expect(edit("/trees/auth/src/ü a.ts")).toBe("");
    writeFileSync(join(folder, "foreign.paths"), "b.ts\tdocs\nsrc/ü a.ts\tbilling,docs\n");
    expect([edit("/trees/auth/src/b.ts"), edit("/trees/auth/b.ts", "Read")]).toEqual(["", ""]);
    const { hookSpecificOutput: said } = JSON.parse(edit("/trees/auth/src/ü a.ts"));
    expect(said.hookEventName).toBe("PreToolUse");
    expect(said.additionalContext).toMatch(
      /^Pleach: src\/ü a.ts has also been changed by billing,docs\./,
    );
    expect(said.additionalContext).not.toContain("b.ts");
    expect(edit("/trees/auth/src/ü a.ts")).toBe("");
    const patch = "*** Begin Patch\n*** Update File: b.ts\n+*** x\n*** End Patch";
    const patched = { tool_name: "apply_patch", tool_input: { command: patch } };
    expect(call(shell, "PreToolUse", folder, patched)).toContain(
      "b.ts has also been changed by docs.",
    );
  });
});

test("lines stay apart when twenty processes append at once", async () => {
  const { folder, file, events } = place();
  const sizes = [10, 1_000, 3_300, 50_000];
  const input = sizes.map((size) => JSON.stringify({ prompt: `é${"y".repeat(size)}` }));
  const loop = `for n in 1 2 3; do for p in "$@"; do printf '%s\\n' "$p" | sh '${script}' UserPromptSubmit w_1 '${folder}' /w; done; done`;
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const child = spawn("sh", ["-c", loop, "loop", ...input]);
      await new Promise((resolve) => child.once("close", resolve));
    }),
  );
  const found = events().map((event) => (event.kind === "prompt" ? event.text.length - 1 : -1));
  expect(found.toSorted((a, b) => a - b)).toEqual(sizes.flatMap((size) => Array(60).fill(size)));
  expect(Math.max(...lengths(file))).toBeLessThan(4_096);
});

test("a long file is put aside before the next agent starts, with the payloads beside it", () => {
  const repo = { stateDir: scratch() } as Parameters<typeof prepareHooks>[0]["repo"];
  const track = parseTrackName("auth");
  const { folder, signals } = trackFiles(repo.stateDir, track);
  mkdirSync(join(folder, "hooks"), { recursive: true });
  writeFileSync(join(folder, "hooks/Stop.1"), "{}");
  writeFileSync(signals, "short");
  prepareHooks({ repo }, track);
  expect([readdirSync(folder), readdirSync(join(folder, "hooks"))]).toEqual([
    ["hooks", "signals.ndjson"],
    [],
  ]);
  writeFileSync(signals, "x".repeat(5_000_000));
  prepareHooks({ repo }, track);
  expect(readdirSync(folder)).toEqual(["hooks", "signals.ndjson.1"]);
});

test("a line that is no signal is told as such, a name out of the folder among them", () => {
  const { file, folder } = place();
  const reader = new SignalReader(file);
  const secret = join(folder, "secret.1");
  writeFileSync(secret, "{}");
  const lines = [
    '{"hook":"Stop","worker":"w_1","file":"../secret.1"}',
    '{"hook":"Stop","worker":"w_1","file":"Stop.4"}',
    "\u0000\xff not json",
    '{"type":"report","kind":"done","text":"all"}',
    "",
  ];
  writeFileSync(file, lines.join("\n"), { flag: "a" });
  const read = reader.read();
  expect(read.map(({ type }) => type)).toEqual(["noise", "hook", "noise", "report"]);
  expect(existsSync(secret)).toBe(true);
});

test.each(shells)(
  "%s: a waiting message is handed over after a tool, in order, once, unchanged",
  (shell) => {
    const folder = scratch();
    const ground = { repo: { stateDir: folder } } as ConstructorParameters<typeof HookQueue>[0];
    const track = parseTrackName("auth");
    const post = trackFiles(folder, track).folder;
    mkdirSync(join(post, "hooks"), { recursive: true });
    const hookQueue = new HookQueue(ground, track);
    const reader = new SignalReader(join(post, "signals.ndjson"));
    const texts = ['é " \\ \n\t$(id)`%s\\n', "x".repeat(7_000), "y".repeat(7_000), "last"];
    const names = texts.map((text, at) => hookQueue.put({ id: `id-${at}`, text }));
    expect(hookQueue.put({ id: "long", text: "z".repeat(8_000) })).toBeUndefined();
    for (const event of ["PreToolUse", "Notification", "SubagentStop"]) {
      expect(call(shell, event, post, {})).toBe("");
    }
    expect(call(shell, "PostToolUse", post, { agent_id: "sub" })).toBe("");
    expect(hookQueue.takeBack(names[3] ?? "")).toBe(true);
    const said = [1, 2, 3].map(() => {
      const printed = call(shell, "PostToolUse", post, { tool_name: "Bash" });
      return printed === "" ? "" : JSON.parse(printed).hookSpecificOutput.additionalContext;
    });
    expect(said).toEqual([
      `# Messages for you\n\n${texts[0]}\n\n(id-0)\n\n${texts[1]}\n\n(id-1)\n\n`,
      `# Messages for you\n\n${texts[2]}\n\n(id-2)\n\n`,
      "",
    ]);
    expect(hookQueue.takeBack(names[0] ?? "")).toBe(false);
    const handed = reader
      .read()
      .flatMap((line) =>
        line.type === "hook" && line.event.kind === "handed" ? line.event.letters : [],
      );
    expect(handed).toEqual(names.slice(0, 3));
  },
);

test.each(shells)("%s: each hook hands over in the form that its program takes", (shell) => {
  const folder = scratch();
  const ground = { repo: { stateDir: folder } } as ConstructorParameters<typeof HookQueue>[0];
  const track = parseTrackName("auth");
  const post = trackFiles(folder, track).folder;
  mkdirSync(join(post, "hooks"), { recursive: true });
  const hookQueue = new HookQueue(ground, track);
  const say = (event: string) => {
    hookQueue.put({ id: event, text: `for "${event}"` });
    return JSON.parse(call(shell, event, post, {}));
  };
  const text = (event: string) => `# Messages for you\n\nfor "${event}"\n\n(${event})\n\n`;
  expect(say("UserPromptSubmit")).toEqual({
    hookSpecificOutput: {
      hookEventName: "UserPromptSubmit",
      additionalContext: text("UserPromptSubmit"),
    },
  });
  expect(say("Stop")).toEqual({ decision: "block", reason: text("Stop") });
});

describe.each(shells)("%s, beside an open dialog", (shell) => {
  async function opened() {
    const { folder, events } = place();
    const child = spawn(...argv(shell, "PermissionRequest", folder));
    onTestFinished(() => void child.kill());
    child.stdin.end(JSON.stringify({ tool_name: "Bash", tool_input: { command: "x" } }));
    let printed = "";
    child.stdout.on("data", (chunk) => {
      printed += String(chunk);
    });
    const heard: HookEvent[] = [];
    const until = async (kind: HookEvent["kind"]) => {
      const look = () => {
        heard.push(...events());
        return heard.find((event) => event.kind === kind);
      };
      await expect.poll(look, { timeout: 10_000 }).toBeDefined();
      return heard.find((event) => event.kind === kind);
    };
    const asked = await until("asked");
    const waits = asked?.kind === "asked" ? (asked.waits ?? "") : "";
    const answer = async (line: string) => {
      const path = join(folder, "hooks", waits);
      writeFileSync(path, `${line}\n`);
      await new Promise((resolve) => child.once("close", resolve));
      return { printed, left: readdirSync(join(folder, "hooks")) };
    };
    return { asked, answer, until, waits };
  }

  test("a hook waits for the answer, prints it, and says so", async () => {
    const { asked, answer, until, waits } = await opened();
    expect(asked).toMatchObject({ tool: "Bash", input: { command: "x" } });
    expect(waits).toMatch(/^ask\.\d+$/);
    const line = JSON.stringify({ decision: `é " \\ ${"x".repeat(8_000)}` });
    expect(await answer(line)).toEqual({ printed: `${line}\n`, left: [] });
    expect(await until("replied")).toMatchObject({ ask: waits });
  });

  test("a hook prints nothing when it is let go", async () => {
    const { answer } = await opened();
    expect(await answer("")).toEqual({ printed: "", left: [] });
  });
});
