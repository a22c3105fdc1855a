import { spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import { root } from "./places.ts";

const program = `
const Database = require("better-sqlite3");
const db = new Database(process.argv[1], { timeout: 20000 });
db.exec("BEGIN IMMEDIATE");
process.stdout.write("held");
process.stdin.on("data", (ms) => setTimeout(() => process.exit(0), Number(ms)));
`;

/**
 * Starts a process that has a database to itself until it is told to let go, or the test is over.
 */
export async function holdDatabase(
  file: string,
): Promise<{ readonly letGoIn: (ms: number) => void }> {
  const child = spawn(process.execPath, ["-e", program, file], { cwd: root });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return { letGoIn: (ms) => void child.stdin.write(String(ms)) };
}
