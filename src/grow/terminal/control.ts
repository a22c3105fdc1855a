import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { userStateFolder } from "../../ground/config/user-files.ts";
import { ExitCode, messageOf, PleachError } from "../../ground/errors.ts";
import type { WorkerId } from "../../ground/ids.ts";
import { makePrivateFolder, temporaryFolder } from "../../ground/private-folder.ts";
import type { ExactEnv } from "../../ground/proc/run.ts";
import type { OwnedTerminal, Viewer } from "./own.ts";

/*
 * The way to a worker's terminal from anywhere: a socket of its supervisor. A client sends its
 * requests in lines of JSON; once attached, it is sent the terminal's bytes as they are.
 */

const cells = z.int().min(1).max(2_000);
const size = { columns: cells, rows: cells };
const requestSchema = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("attach"), ...size, readOnly: z.boolean() }),
  z.strictObject({ op: z.literal("resize"), ...size }),
  z.strictObject({ op: z.literal("input"), data: z.base64() }),
]);
export type ControlRequest = z.infer<typeof requestSchema>;

/** Bytes a viewer may lag behind, 1 MiB: beyond that it is shown the screen afresh later. */
const laggingBytes = 1024 * 1024;
/** Longest line of a request, 64 Mi characters: a paste in base64. */
const maxLineChars = 64 * 1024 * 1024;

/**
 * Lists the folders a socket may be made in, that meant for sockets first. Some may be of no use.
 */
function socketRoots(env: ExactEnv): readonly string[] {
  const { XDG_RUNTIME_DIR: runtime, TMPDIR: temporary } = env;
  const roots = [runtime, temporary, "/tmp", "/var/tmp", userStateFolder(env)];
  return [...new Set(roots.filter((root) => root?.startsWith("/") === true))] as string[];
}

/** A socket that stands open until it is closed. */
export interface Control {
  readonly path: string;
  close(): void;
}

/**
 * Opens the socket of a worker, in the first folder in which one can be made: a path can be too
 * long for the kernel, a folder missing, full, foreign or read-only, and only trying tells.
 * @throws PleachError `attach/no-socket` when it can be made nowhere, with each folder's error
 */
export async function openControl(
  env: ExactEnv,
  worker: WorkerId,
  terminal: OwnedTerminal,
): Promise<Control> {
  const failures: string[] = [];
  for (const root of socketRoots(env)) {
    try {
      return await listen(temporaryFolder(root), `${worker}.sock`, terminal);
    } catch (error) {
      failures.push(`${root}: ${messageOf(error)}`);
    }
  }
  throw new PleachError({
    code: "attach/no-socket",
    message: `no folder takes the socket of ${worker} (${failures.join("; ")})`,
    hint: "set XDG_RUNTIME_DIR to a folder of your own with a short name, then start the worker again",
    exitCode: ExitCode.failed,
  });
}

async function listen(folder: string, name: string, terminal: OwnedTerminal): Promise<Control> {
  makePrivateFolder(folder);
  const path = join(folder, name);
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serve(socket, terminal);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  // Fails where the system has cut the path.
  chmodSync(path, 0o600);
  return {
    path,
    close: () => {
      server.close();
      for (const socket of sockets) socket.end();
      rmSync(path, { force: true });
    },
  };
}

function serve(socket: Socket, terminal: OwnedTerminal): void {
  let viewer: Viewer | undefined;
  const leave = (): void => {
    if (viewer !== undefined) terminal.leave(viewer);
    viewer = undefined;
  };
  // A client may vanish at any moment: that is a detach.
  socket.on("error", leave);
  socket.on("close", leave);
  socket.on("drain", () => {
    if (viewer !== undefined) terminal.drained(viewer);
  });
  onLines(socket, (line) => {
    const request = parseRequest(line);
    if (request === undefined) {
      socket.destroy();
    } else if (request.op === "attach" && viewer === undefined) {
      const { columns, rows, readOnly } = request;
      viewer = viewerOn(socket, { columns, rows, readOnly });
      terminal.join(viewer, { fresh: true });
    } else if (request.op === "resize" && viewer !== undefined) {
      terminal.resized(viewer, { columns: request.columns, rows: request.rows });
    } else if (request.op === "input" && viewer !== undefined) {
      terminal.type(viewer, Buffer.from(request.data, "base64"));
    }
  });
}

function viewerOn(
  socket: Socket,
  { columns, rows, readOnly }: { columns: number; rows: number; readOnly: boolean },
): Viewer {
  return {
    size: { columns, rows },
    readOnly,
    slow: "skip",
    show: (bytes) => {
      socket.write(bytes);
      return socket.writableLength < laggingBytes;
    },
  };
}

function onLines(socket: Socket, take: (line: string) => void): void {
  let partial: string[] = [];
  let length = 0;
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    const lines = text.split("\n");
    const last = lines.pop() ?? "";
    for (const line of lines) {
      take(partial.join("") + line);
      partial = [];
      length = 0;
    }
    partial.push(last);
    length += last.length;
    if (length > maxLineChars) socket.destroy();
  });
}

function parseRequest(line: string): ControlRequest | undefined {
  try {
    return requestSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
