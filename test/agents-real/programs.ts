import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** A real agent program, at exactly the version its adapter was tried with. */
export interface Program {
  readonly name: "claude" | "codex" | "opencode" | "gemini";
  readonly source: string;
}

export const programs: readonly Program[] = [
  { name: "claude", source: "@anthropic-ai/claude-code@2.1.329" },
  { name: "codex", source: "@openai/codex@0.169.0" },
  { name: "opencode", source: "opencode-ai@1.18.33" },
  { name: "gemini", source: "@google/gemini-cli@0.61.0" },
];

/** The folder they are installed in: not this project's own dependencies, as they are large. */
const prefix =
  process.env["PLEACH_TEST_AGENTS_DIR"] ??
  join(import.meta.dirname, "../../node_modules/.cache/agents");
export const binFolder = join(prefix, "node_modules/.bin");

/** The server that plays `SCRIPT:` of a prompt as a model; the tests need it on loopback. */
export const modelServer = process.env["PLEACH_SCRIPTED_MODEL"];

/**
 * Says why a program cannot be tested here; undefined when it can. Installs it when it is missing.
 */
export function whyNot({ name, source }: Program): string | undefined {
  if (modelServer === undefined || !existsSync(modelServer)) {
    return "PLEACH_SCRIPTED_MODEL names no model server";
  }
  if (existsSync(join(binFolder, name))) return undefined;
  try {
    const install = ["install", "--no-audit", "--no-fund", "--prefix", prefix, source];
    execFileSync("npm", install, { stdio: "pipe", timeout: 300_000 });
    return existsSync(join(binFolder, name)) ? undefined : `${source} brought no ${name}`;
  } catch (error) {
    return `${source} cannot be installed: ${error instanceof Error ? error.message : error}`;
  }
}
