import { chmodSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { WorkerId } from "../../ground/ids.ts";
import type { ExactEnv } from "../../ground/proc/run.ts";
import type { OwnedTerminal, Viewer } from "./own.ts";

/*
 * How one comes to a worker's terminal from anywhere: a socket of its supervisor. A client says in
 * lines of JSON what it wants; once it is attached, it is sent the terminal's bytes as they are.
 */

const cells = z.int().min(1).max(2_000);
const size = { columns: cells, rows: cells };
const requestSchema = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("attach"), ...size, readOnly: z.boolean() }),
  z.strictObject({ op: z.literal("resize"), ...size }),
  z.strictObject({ op: z.literal("input"), data: z.base64() }),
]);
export type Request = z.infer<typeof requestSchema>;

/** A viewer that takes nothing for so many bytes is shown the screen afresh later. */
const laggingBytes = 1024 * 1024;
/** The longest line is a paste in base64. */
const maxLineChars = 64 * 1024 * 1024;
/** What a kernel takes as the path of a socket, its end included (unix(7), and less on macOS). */
const maxPathBytes = 103;

/** The socket of a worker, in a folder that nobody else can look into. */
export function socketPath(env: ExactEnv, worker: WorkerId): string {
  const uid = process.getuid?.() ?? 0;
  const runtime = env["XDG_RUNTIME_DIR"];
  const roots = [...(runtime?.startsWith("/") ? [runtime] : []), tmpdir(), "/tmp"];
  const paths = roots.map((root) => join(root, `pleach-${uid}`, `${worker}.sock`));
  const path = paths.find((candidate) => Buffer.byteLength(candidate) <= maxPathBytes);
  if (path === undefined) throw new Error(`no folder is short enough for a socket: ${paths[0]}`);
  return path;
}

/** A way in that stands open until it is closed. */
export interface Control {
  readonly path: string;
  close(): void;
}

/** Opens the socket. @throws when its folder is not ours alone, or it cannot be made */
export async function openControl(path: string, terminal: OwnedTerminal): Promise<Control> {
  requirePrivate(join(path, ".."));
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

/** Others may write into the folder for temporary files: ours must be a folder, ours and private. */
function requirePrivate(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const ours = found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid);
  if (!ours) throw new Error(`${folder} is not ours: no socket is made there`);
  if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
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

function parseRequest(line: string): Request | undefined {
  try {
    return requestSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
