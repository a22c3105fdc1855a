import { expect, test } from "vitest";
import { codexHookFlags } from "../../src/agents/codex/hooks.ts";
import { fitting, maxArgumentBytes } from "../../src/agents/fitting.ts";
import { committerOf, requireAgent } from "../../src/agents/known.ts";
import type { LaunchRequest } from "../../src/agents/launch.ts";
import { parseScript } from "../../src/agents/scripted/script.ts";
import type { AgentConfig } from "../../src/ground/config/config.ts";
import { asWorkerId, parseTrackName } from "../../src/ground/ids.ts";
import { agentConfig, testConfig } from "../support/config.ts";

const request = {
  track: parseTrackName("auth"),
  worker: asWorkerId("w_1"),
  worktree: "/trees/auth",
  prompt: "Do {track} `$(id)`",
  promptFile: "/trees/auth/.pleach/prompt.md",
  attempt: 1,
  permissions: "edits",
  session: { kind: "new", id: "11111111-1111-4111-8111-111111111111" },
  instructions: "Stay on your branch.",
  mayRun: ["npm test"],
  hookScript: "/pleach/bin/hook.sh",
  pleach: ["node", "pleach"],
  folder: "/state/tracks/auth",
  env: { HOME: "/home/u" },
} as const;

const agent = (...command: [string, ...string[]]) =>
  requireAgent(
    testConfig("/repo", {
      agents: [agentConfig("any", { command })],
    }),
    "any",
  );

test("placeholders are filled once, inside elements, and a prompt's own braces are text", () => {
  expect(agent("x", "--in={worktree}", "{prompt}", "{track}{track}").launch(request)).toEqual({
    argv: ["x", "--in=/trees/auth", "Do {track} `$(id)`", "authauth"],
    stdin: undefined,
    env: {},
  });
});

test("a command that does not name the prompt gets it on stdin", () => {
  expect(agent("x", "{track}").launch(request).stdin).toBe(request.prompt);
  expect(agent("x", "{prompt_file}").launch(request).stdin).toBeUndefined();
});

test("an unknown agent is refused with the names of the known agents", () => {
  expect(() => requireAgent(testConfig("/repo"), "nobody")).toThrow(
    /known: claude, codex, opencode, gemini, scripted$/,
  );
  expect(() => requireAgent(testConfig("/repo"), "scriptd")).toThrow(/did you mean scripted/);
  expect(() => requireAgent(testConfig("/repo"), undefined)).toThrow(/no agent is set/);
});

test("a script is read from the blocks of its attempt, indented as they are in a task", () => {
  const prompt = [
    "- [ ] Task",
    "  ```pleach",
    "  say hello",
    "  write a/b.txt <<END",
    "    two",
    "  END",
    "  commit A message",
    "  ```",
    "  ```pleach attempt=2",
    "  edit a/b.txt <<X",
    "  old",
    "  ---",
    "  new",
    "  X",
    "  sleep 1.5s",
    "  ```",
  ].join("\n");
  expect(parseScript(prompt, 1)).toEqual([
    { kind: "say", text: "hello" },
    { kind: "write", path: "a/b.txt", content: "  two\n" },
    { kind: "commit", message: "A message" },
  ]);
  expect(parseScript(prompt, 2)).toEqual([
    { kind: "edit", path: "a/b.txt", before: "old\n", after: "new\n" },
    { kind: "sleep", ms: 1_500 },
  ]);
  expect(() => parseScript("```pleach\ndance\n```", 1)).toThrow(/no step of a script: "dance"/);
});

const builtIn = (name: string, changes: Partial<AgentConfig> = {}) =>
  requireAgent(testConfig("/repo", { agents: [agentConfig(name, changes)] }), name);
const resumed = { ...request, session: { kind: "resume", id: "s-1" } } as const;

test("claude gets its prompt on its input, may edit, use git and run the gate", () => {
  expect(builtIn("claude").launch(request).argv).toEqual([
    ...["claude", "-p", "--input-format", "stream-json"],
    ...["--output-format", "stream-json", "--verbose"],
    ...[
      "--session-id",
      request.session.id,
      "--settings",
      "/state/tracks/auth/claude-settings.json",
    ],
    ...["--permission-mode", "acceptEdits", "--allowedTools"],
    ...["Bash(git *)", "Bash(pleach inbox)", "Bash(pleach done *)", "Bash(pleach blocked *)"],
    ...["Bash(pleach tell *)", "Bash(pleach inbox *)", "Bash(npm test)"],
    ...["--append-system-prompt", request.instructions],
  ]);
  const asking = builtIn("claude").launch({ ...request, permissions: "ask" });
  expect(asking.argv.join(" ")).toContain("--permission-prompt-tool stdio");
  const shell = { ...request, mayRun: ["npm test && npm run *", "make) x"] };
  expect(builtIn("claude").launch(shell).argv.join(" ")).not.toMatch(/npm|make/);
});

test("claude goes on with its session; bypass and model are the user's choice", () => {
  const { argv } = builtIn("claude", { model: "opus" }).launch({
    ...resumed,
    permissions: "bypass",
  });
  expect(argv).toContain("--dangerously-skip-permissions");
  expect(argv).not.toContain("--allowedTools");
  expect(argv.join(" ")).toContain("--resume s-1");
  expect(argv.join(" ")).toContain("--model opus");
});

/** Returns the request of Codex's thread, after the greeting. */
function threadOf(request: LaunchRequest, model?: string) {
  const speaker = builtIn("codex", model === undefined ? {} : { model }).converse?.(request);
  speaker?.open({ id: "first", text: request.prompt });
  const { reply = [] } =
    speaker?.hear('{"id":1,"result":{"userAgent":"pleach/0.169.0 (x)"}}') ?? {};
  return JSON.parse(reply[1] ?? "{}");
}

test("codex works in its sandbox and leaves committing, unless it may do anything", () => {
  const codex = builtIn("codex");
  const hooks = codexHookFlags(request);
  const edits = { ...request, permissions: "edits" } as const;
  expect(codex.launch(edits).argv).toEqual(["codex", "app-server", ...hooks]);
  const settings = { developerInstructions: request.instructions };
  const thread = threadOf(edits);
  expect(thread).toMatchObject({
    method: "thread/start",
    params: { ...settings, approvalPolicy: "never", sandbox: "workspace-write" },
  });
  // Naming the folder would mark it as trusted in the user's settings.
  expect(thread.params.cwd).toBeUndefined();
  expect(threadOf({ ...resumed, permissions: "bypass" }, "gpt-6-sol")).toMatchObject({
    method: "thread/resume",
    params: {
      ...{
        ...settings,
        threadId: "s-1",
        cwd: request.worktree,
        approvalPolicy: "never",
        sandbox: "danger-full-access",
      },
      model: "gpt-6-sol",
    },
  });
  const config = testConfig("/repo", { agents: [agentConfig("mine", { command: ["x"] })] });
  expect(committerOf(config, { agent: "codex", permissions: "edits" })).toBe("pleach");
  expect(committerOf(config, { agent: "codex", permissions: "bypass" })).toBe("agent");
  expect(committerOf(config, { agent: "mine", permissions: "edits" })).toBe("agent");
  expect(committerOf(config, { agent: "gone", permissions: "edits" })).toBe("agent");
});

test("codex asks a person for steps outside its sandbox, and for answers to its questions, where it may", () => {
  const asking = { ...request, permissions: "ask" } as const;
  const { argv } = builtIn("codex").launch(asking);
  expect(argv).toContain("features.default_mode_request_user_input=true");
  expect(threadOf(asking).params).toMatchObject({
    ...{ approvalPolicy: "on-request", sandbox: "workspace-write" },
  });
});

test("opencode gets its prompt on stdin, its rules in a file of this run, and keeps the user's own", () => {
  const { argv, stdin, env, files = [] } = builtIn("opencode").launch(request);
  expect(argv).toEqual(["opencode", "run", "--format", "json", "--title", "pleach auth"]);
  expect(stdin).toBe(request.prompt);
  const [instructions, config] = files;
  expect(env["OPENCODE_CONFIG"]).toBe("/state/tracks/auth/opencode.json");
  expect(config?.path).toBe(env["OPENCODE_CONFIG"]);
  expect(instructions).toEqual({
    path: "/trees/auth/.pleach/instructions.md",
    text: request.instructions,
  });
  const { bash, ...others } = JSON.parse(config?.text ?? "").permission;
  expect(others).toEqual({ edit: "allow", webfetch: "deny", external_directory: "deny" });
  expect(Object.entries(bash)).toEqual([
    ["*", "deny"],
    ...["pleach done", "pleach blocked", "pleach tell", "pleach inbox", "git"].flatMap((own) => [
      [own, "allow"],
      [`${own} *`, "allow"],
    ]),
    ["npm test", "allow"],
  ]);
  const own = { ...request, env: { ...request.env, OPENCODE_CONFIG: "/home/u/mine.json" } };
  const beside = builtIn("opencode").launch(own).env;
  expect(beside["OPENCODE_CONFIG"]).toBeUndefined();
  expect(JSON.parse(beside["OPENCODE_CONFIG_CONTENT"] ?? "")).toHaveProperty("permission");
});

test("opencode goes on with its session; bypass and model are the user's choice", () => {
  const launch = builtIn("opencode", { model: "acme/large" }).launch({
    ...resumed,
    permissions: "bypass",
  });
  expect(launch.argv.join(" ")).toBe(
    "opencode run --format json --session s-1 --auto --model acme/large",
  );
  expect(launch.files?.map(({ text }) => text).join()).not.toContain("permission");
});

test("gemini gets its prompt on stdin and a policy of this run, beside those of the user", () => {
  const { argv, stdin, env, files } = builtIn("gemini").launch(request);
  const policy = "/state/tracks/auth/gemini-policy.toml";
  expect(argv).toEqual([
    ...["gemini", "--output-format", "stream-json", "--session-id", request.session.id],
    ...["--skip-trust", "--approval-mode", "auto_edit"],
    ...["--policy", policy, "--policy", "/home/u/.gemini/policies"],
  ]);
  expect([stdin, env]).toEqual([request.prompt, { GEMINI_CLI_NO_RELAUNCH: "true" }]);
  const own = '"pleach done", "pleach blocked", "pleach tell", "pleach inbox", "git"';
  const rule = `commandPrefix = [${own}, "npm test"]`;
  expect(files).toMatchObject([{ path: policy, text: expect.stringContaining(rule) }]);
  const bypass = builtIn("gemini", { model: "large" }).launch({
    ...resumed,
    permissions: "bypass",
  });
  expect(bypass.argv.join(" ")).toContain(
    "--resume s-1 --skip-trust --approval-mode yolo --model large",
  );
  expect(bypass.files).toEqual([]);
});

test("hooks are given to a single run: claude in a file of its own, codex with the trust for just these", () => {
  const odd = { ...request, worktree: "/trees/it's" };
  const [file] = builtIn("claude").launch(odd).files ?? [];
  const { hooks } = JSON.parse(file?.text ?? "");
  expect(Object.keys(hooks)).toContain("PermissionRequest");
  const line = (event: string) =>
    String.raw`'sh' '/pleach/bin/hook.sh' '${event}' 'w_1' '/state/tracks/auth' '/trees/it'\''s'`;
  const hookOf = (command: string, timeout: number) => [
    { hooks: [{ type: "command", command, timeout }] },
  ];
  expect(hooks.Stop).toEqual(hookOf(`${line("Stop")} 'context'`, 10));
  expect(hooks.PermissionRequest).toEqual(hookOf(line("PermissionRequest"), 10));
  // In a terminal a dialog stands open beside its hook until it is answered.
  const [own] = builtIn("claude").terminal?.launch(odd).files ?? [];
  expect(JSON.parse(own?.text ?? "").hooks.PermissionRequest).toEqual(
    hookOf(`${line("PermissionRequest")} 'await'`, 86_400),
  );
  // The hash that Codex 0.169.0 itself computes for this very hook (`hooks/list` of its app
  // server).
  const known = { ...request, worktree: "/w", hookScript: "/h", folder: "/f" };
  const flags = codexHookFlags(known).filter((flag) => flag !== "-c");
  expect(flags).toHaveLength(11);
  expect(flags.at(-1)).toContain(
    `"/<session-flags>/config.toml:stop:0:0"={trusted_hash="sha256:15a71e4e686f1a638aa1e1d6406307512a54616e7f73b0452ea46d24b4f6d0cc"}`,
  );
  expect(codexHookFlags(request).join(" ")).not.toContain("bypass");
});

test("a command given for a known name keeps it a plain command", () => {
  const plain = builtIn("claude", { command: ["claude", "-p", "{prompt}"] });
  expect(plain.readLine).toBeUndefined();
  expect(plain.launch(request).argv).toEqual(["claude", "-p", request.prompt]);
});

const long = `begin ${"ü".repeat(maxArgumentBytes)} end`;

test.each([
  ...["claude", "codex", "opencode", "gemini", "scripted"].map(
    (name) => [name, builtIn(name)] as const,
  ),
  ["a command with {prompt}", agent("x", "--in={prompt}")] as const,
  ["a command with {prompt_file}", agent("x", "{prompt_file}")] as const,
  ["a command", agent("x")] as const,
])("%s: no prompt is too long, or has a character that no argument holds", (_, program) => {
  const launches = [program.launch, ...(program.terminal ? [program.terminal.launch] : [])];
  for (const launch of launches) {
    for (const prompt of [long, "a\0b"]) {
      for (const { session } of [request, resumed]) {
        const { argv, stdin, files = [] } = fitting(launch, { ...request, prompt, session });
        const size = Math.max(...argv.map((part) => Buffer.byteLength(part)));
        expect(size).toBeLessThanOrEqual(maxArgumentBytes);
        expect(argv.join(" ")).not.toContain("\0");
        const told = files.find(({ path }) => path === "/trees/auth/.pleach/told.md");
        const isPointed = argv.some((part) => part.includes(" `.pleach/told.md` "));
        expect(told?.text).toBe(isPointed ? prompt : undefined);
        if (stdin !== undefined) expect(stdin).toBe(prompt);
      }
    }
    expect(fitting(launch, request)).toEqual(launch(request));
  }
});
