import { expect, test } from "vitest";
import { requireMode } from "../../../src/run/plan/seed.ts";
import { testConfig } from "../../support/config.ts";

test("an agent without a terminal profile is refused one, before anything is made for it", () => {
  const config = testConfig("/nowhere/repo");
  expect(() => requireMode(config, "gemini", "terminal")).toThrow(
    expect.objectContaining({ code: "agent/no-terminal", exitCode: 4 }),
  );
  expect(() => requireMode(config, "gemini", "stream")).not.toThrow();
  expect(() => requireMode(config, "claude", "terminal")).not.toThrow();
});
