import { defineConfig } from "vitest/config";

const common = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Waiting is for what happens, however busy the machine is.
  expect: { poll: { timeout: 30_000 } },
  setupFiles: ["test/support/setup.ts"],
};

/**
 * `unit`: no process is started. `real`: real git, SQLite and processes, and the built program.
 * `agents`: real agent programs, by `npm run test:agents` alone.
 */
export default defineConfig({
  test: {
    // Most of a test is waiting for the processes it starts.
    maxWorkers: "100%",
    projects: [
      // They touch nothing that outlives them, so none needs a process of its own.
      { test: { ...common, name: "unit", include: ["test/**/*.unit.test.ts"], isolate: false } },
      {
        test: {
          ...common,
          name: "real",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.unit.test.ts", "test/agents-real/**"],
          globalSetup: ["test/support/build.ts"],
        },
      },
      {
        test: {
          ...common,
          name: "agents",
          include: ["test/agents-real/*.test.ts"],
          globalSetup: ["test/support/build.ts"],
        },
      },
    ],
  },
});
