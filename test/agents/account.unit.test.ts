import { expect, test } from "vitest";
import { claudeAccount, codexAccount, type Login } from "../../src/agents/account.ts";
import { gemini } from "../../src/agents/gemini/gemini.ts";
import { adapters } from "../../src/agents/known.ts";
import { opencode } from "../../src/agents/opencode/opencode.ts";
import type { ExactEnv } from "../../src/ground/proc/run.ts";

const login = (env: ExactEnv, files: Readonly<Record<string, string>> = {}): Login => ({
  env: { HOME: "/home/me", ...env },
  read: (file) => files[file],
});
const oauth = (accountUuid: string): string => JSON.stringify({ oauthAccount: { accountUuid } });

test("the same key is the same account, wherever the home is; another key is another account", () => {
  const one = claudeAccount(login({ ANTHROPIC_API_KEY: "secret-one" }));
  expect(one).toMatch(/^claude\/key-[0-9a-f]{10}$/);
  expect(claudeAccount(login({ ANTHROPIC_API_KEY: "secret-one", HOME: "/elsewhere" }))).toBe(one);
  expect(claudeAccount(login({ ANTHROPIC_API_KEY: "secret-two" }))).not.toBe(one);
  expect(
    claudeAccount(login({ ANTHROPIC_API_KEY: "secret-one", ANTHROPIC_BASE_URL: "http://other" })),
  ).not.toBe(one);
  expect(one).not.toContain("secret");
});

test("the login of the configured folder is the account without a key, and then the folder", () => {
  const files = { "/home/me/.claude.json": oauth("a"), "/work/.claude.json": oauth("b") };
  const mine = claudeAccount(login({}, files));
  const work = claudeAccount(login({ CLAUDE_CONFIG_DIR: "/work" }, files));
  expect([mine, work]).toEqual([
    expect.stringMatching(/^claude\/login-/),
    expect.stringMatching(/^claude\/login-/),
  ]);
  expect(mine).not.toBe(work);
  const folders = [{}, { CLAUDE_CONFIG_DIR: "/work" }].map((env) => claudeAccount(login(env)));
  expect(folders[0]).toMatch(/^claude\/folder-/);
  expect(folders[1]).not.toBe(folders[0]);
  expect(claudeAccount(login({}, { "/home/me/.claude.json": "{torn" }))).toBe(folders[0]);
});

test("codex is known by the key of its provider, else by its login, else by its folder", () => {
  const config = `model_provider = "p"\n[model_providers.p]\nbase_url = "http://p"\nenv_key = "P_KEY"\n`;
  const files = {
    "/home/me/.codex/config.toml": config,
    "/home/me/.codex/auth.json": JSON.stringify({ tokens: { account_id: "acc" } }),
    "/other/auth.json": JSON.stringify({ OPENAI_API_KEY: "saved" }),
  };
  expect(codexAccount(login({ P_KEY: "one" }, files))).toMatch(/^codex\/key-/);
  expect(codexAccount(login({ P_KEY: "one" }, files))).not.toBe(
    codexAccount(login({ P_KEY: "two" }, files)),
  );
  expect(codexAccount(login({}, files))).toMatch(/^codex\/login-/);
  expect(codexAccount(login({ CODEX_HOME: "/other" }, files))).toMatch(/^codex\/key-/);
  expect(codexAccount(login({ CODEX_HOME: "/none" }, files))).toMatch(/^codex\/folder-/);
});

test("opencode is known by the login of its model's provider, gemini by its key or its login", () => {
  const saved = { a: { type: "api", key: "one" }, b: { type: "oauth", accountId: "acc" } };
  const files = {
    "/home/me/.local/share/opencode/auth.json": JSON.stringify(saved),
    "/home/me/.gemini/google_accounts.json": JSON.stringify({ active: "me@example.invalid" }),
  };
  const ids = ["a/large", "a/small", "b/large", undefined].map((model) =>
    opencode.make({ model }).accountOf(login({}, files)),
  );
  expect(ids).toEqual([
    expect.stringMatching(/^opencode\/key-/),
    ids[0],
    expect.stringMatching(/^opencode\/login-/),
    expect.stringMatching(/^opencode\/folder-/),
  ]);
  const { accountOf } = gemini.make({ model: undefined });
  expect(accountOf(login({ GEMINI_API_KEY: "one" }, files))).toMatch(/^gemini\/key-/);
  expect(accountOf(login({}, files))).toMatch(/^gemini\/login-/);
  expect(accountOf(login({ GEMINI_CLI_HOME: "/none" }, files))).toMatch(/^gemini\/folder-/);
});

test("a login whose renewal takes it from others is named, unless another login comes before it", () => {
  const files = {
    "/home/me/.claude/.credentials.json": '{"claudeAiOauth":{"refreshToken":"r"}}',
    "/home/me/.codex/auth.json": '{"tokens":{"refresh_token":"r"}}',
    "/home/me/.local/share/opencode/auth.json": '{"a":{"type":"api","key":"k"}}',
    "/data/opencode/auth.json": '{"a":{"type":"oauth","refresh":"r"}}',
  };
  const fileOf = (name: string, env: ExactEnv = {}) =>
    adapters.find((adapter) => adapter.name === name)?.rotating(login(env, files))?.file;
  expect(fileOf("claude")).toBe("/home/me/.claude/.credentials.json");
  expect(fileOf("claude", { CLAUDE_CODE_OAUTH_TOKEN: "long-lived" })).toBeUndefined();
  expect(fileOf("claude", { CLAUDE_CONFIG_DIR: "/other" })).toBeUndefined();
  expect(fileOf("codex")).toBe("/home/me/.codex/auth.json");
  expect(fileOf("codex", { CODEX_API_KEY: "key" })).toBeUndefined();
  expect(fileOf("opencode")).toBeUndefined();
  expect(fileOf("opencode", { XDG_DATA_HOME: "/data" })).toBe("/data/opencode/auth.json");
  expect(fileOf("gemini")).toBeUndefined();
});
