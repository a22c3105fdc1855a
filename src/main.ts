import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/*
 * The composition root: the only reader of process.argv and process.env, the only caller of
 * process.exit. Everything else is loaded lazily, so that `--version` costs next to nothing.
 */

const [, , ...args] = process.argv;

/** Set by `interruption`; above the first await, because verbs run while this module loads. */
let held: AbortController | undefined;
/** Set by `interruption` for what goes on when its terminal does not. */
let stays = false;

process.on("SIGINT", () => {
  if (held === undefined || held.signal.aborted) process.exit(130);
  held.abort();
});

process.on("unhandledRejection", (error) => void goOn(error));

process.stdout.on("error", leaveQuietly);
process.stderr.on("error", leaveQuietly);

if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  process.stdout.write(`${version()}\n`);
} else {
  const exitCode = await start();
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(exitCode);
}

function environment(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

/** Nothing that looks in the background ends a run, or a supervisor and with it an agent. */
async function goOn(error: unknown): Promise<void> {
  const { describeMishap } = await import("./faces/cli/failure.ts");
  process.stderr.write(describeMishap(error, { env: environment(), args, version: version() }));
}

async function start(): Promise<number> {
  const { runCli } = await import("./faces/cli/cli.ts");
  return await runCli({
    args,
    version: version(),
    cwd: () => process.cwd(),
    env: environment(),
    pleach: [process.execPath, fromHere("../bin/pleach.js")],
    streams: process,
    interruption,
    dieBy,
  });
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(fromHere("../package.json"), "utf8"));
  return String(Reflect.get(Object(manifest), "version"));
}

/** A path beside this file's folder; the same from src/ and from dist/. */
function fromHere(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** Leaving throws away what a slow reader has not taken yet: a long document would be cut off. */
async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0) return;
  await new Promise<void>((resolve) => void stream.write("", () => resolve()));
}

/** As a shell or a multiplexer should see it: not by a code that stands for it. */
async function dieBy(signal: string): Promise<void> {
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** The reader of our output has gone (`pleach ls | head`, a closed window): nothing more to say. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (stays) return;
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
}

/**
 * From now on the first Ctrl-C, SIGTERM or hang-up only aborts this signal; the second ends the
 * program. For what outlives its terminal, a hang-up and a closed output are nothing at all.
 */
function interruption(outlives?: "its-terminal"): AbortSignal {
  stays ||= outlives === "its-terminal";
  if (held === undefined) {
    const controller = new AbortController();
    held = controller;
    for (const [name, code] of [
      ["SIGTERM", 143],
      ["SIGHUP", 129],
    ] as const) {
      process.on(name, () => {
        if (name === "SIGHUP" && stays) return;
        if (controller.signal.aborted) process.exit(code);
        controller.abort();
      });
    }
  }
  return held.signal;
}
