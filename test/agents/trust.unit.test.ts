import { expect, test } from "vitest";
import { claudeTrusts, codexTrusts } from "../../src/agents/trust.ts";

const login = (files: Readonly<Record<string, string>>, env = {}) => ({
  env: { HOME: "/home/me", ...env },
  read: (file: string) => files[file],
});
const claude = JSON.stringify({
  projects: { "/code/app": { hasTrustDialogAccepted: true }, "/code/other": { history: [] } },
});
const codex = '[projects."/code/app"]\ntrust_level = "trusted"\n[projects."/code/other"]\nx = 1\n';

test("a checkout that its user said yes to is trusted, and nothing else, wherever the answers lie", () => {
  const folders = ["/code/app", "/code/other", "/code"];
  for (const [trusts, file, elsewhere, text] of [
    [claudeTrusts, "/home/me/.claude.json", "CLAUDE_CONFIG_DIR", claude],
    [codexTrusts, "/home/me/.codex/config.toml", "CODEX_HOME", codex],
  ] as const) {
    const here = folders.map((folder) => trusts(login({ [file]: text }), folder));
    expect(here).toEqual([true, false, false]);
    const moved = login({ [file]: text }, { [elsewhere]: "/elsewhere" });
    expect(trusts(moved, "/code/app")).toBe(false);
    for (const broken of ["", "{", "projects = 3", '{"projects":3}', "{}"]) {
      expect(trusts(login({ [file]: broken }), "/code/app")).toBe(false);
    }
  }
});
