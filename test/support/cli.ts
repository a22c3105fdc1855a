import { PassThrough } from "node:stream";
import { runCli } from "../../src/faces/cli/cli.ts";
import type { ExactEnv } from "../../src/ground/proc/run.ts";
import { launcher } from "./places.ts";

export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: ExactEnv;
  /** The text a person types; without it no person is there. */
  readonly typed?: string;
}

/** Runs one command line inside this process and gives back its output. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const isTTY = options.typed !== undefined;
  const stdout = Object.assign(new PassThrough(), { isTTY });
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const stdin = Object.assign(new PassThrough(), { isTTY });
  stdin.end(options.typed ?? "");
  const exitCode = await runCli({
    args,
    version: "0.0.0-test",
    cwd: () => options.cwd ?? "/",
    env: options.env ?? { TERM: "dumb" },
    pleach: [process.execPath, launcher],
    streams: { stdin, stdout, stderr },
    interruption: () => new AbortController().signal,
    dieBy: async () => undefined,
  });
  return { exitCode, stdout: textOf(stdout), stderr: textOf(stderr) };
}

function textOf(stream: PassThrough): string {
  return (stream.read() as Buffer | null)?.toString() ?? "";
}
