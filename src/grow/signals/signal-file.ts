import { appendFileSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { type HookEvent, readHook } from "../../agents/hooks.ts";
import { parseJson } from "../../ground/json.ts";
import { readInTree, removeInTree } from "../../ground/tree-file.ts";
import { wary } from "../../ground/tree-folder.ts";
import type { Report } from "../../worker/worker.ts";

/** The line that `pleach done` or `pleach blocked` sends to the supervisor. */
type ReportLine = { readonly type: "report" } & Report;

/** A line of `signals.ndjson`, understood. */
export type SignalLine =
  | ReportLine
  | { readonly type: "hook"; readonly worker: string; readonly event: HookEvent }
  /** Any process may write there; a line that is no signal is kept and counted. */
  | { readonly type: "noise"; readonly raw: string };

/** A name beside the file of lines, and nowhere else. */
const besideLine = z.string().regex(/^[A-Za-z]+\.\d+$/);
const hookFields = { hook: z.string(), worker: z.string(), waits: besideLine.optional() };

const lineSchema = z.union([
  z.object({ type: z.literal("report"), kind: z.enum(["done", "blocked"]), text: z.string() }),
  z.object({ ...hookFields, file: besideLine }),
  z.object({ ...hookFields, payload: z.unknown() }),
]);

/** Longest line, 4 KiB: below this O_APPEND keeps lines of several writers apart. */
const maxLineBytes = 4_096;
/** Longest payload in a file of its own, 16 MiB; a signal with a longer one is told without it. */
const maxPayloadBytes = 16 * 1024 * 1024;

/** Names the folder where hooks put payloads that are too long for a line. */
export const payloadFolder = (signalsFile: string): string => join(dirname(signalsFile), "hooks");

/** Appends a report as a line; a text too long for one write is cut. */
export function sendReport(file: string, { kind, text }: Report): void {
  const cut = Buffer.from(text)
    .subarray(0, maxLineBytes / 2)
    .toString();
  const line: ReportLine = { type: "report", kind, text: cut };
  appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
}

/** A reader of the lines appended since it was made. */
export class SignalReader {
  readonly #file: string;
  #at: number;
  #partial = "";

  constructor(file: string) {
    appendFileSync(file, "", { mode: 0o600 });
    this.#file = file;
    this.#at = statSync(file).size;
  }

  read(): readonly SignalLine[] {
    const descriptor = openSync(this.#file, constants.O_RDONLY | wary);
    try {
      const chunk = Buffer.alloc(64 * 1024);
      let text = this.#partial;
      for (;;) {
        const size = readSync(descriptor, chunk, 0, chunk.length, this.#at);
        if (size === 0) break;
        this.#at += size;
        text = `${text}${chunk.toString("latin1", 0, size)}`;
      }
      const lines = text.split("\n");
      this.#partial = (lines.pop() ?? "").slice(-maxLineBytes);
      return lines
        .map((line) => Buffer.from(line, "latin1").toString())
        .flatMap((line) => (line.trim() === "" ? [] : [this.#parse(line)]));
    } finally {
      closeSync(descriptor);
    }
  }

  #parse(raw: string): SignalLine {
    const line = lineSchema.safeParse(parseJson(raw)).data;
    if (line === undefined) return { type: "noise", raw };
    if ("type" in line) return line;
    const payload = "file" in line ? this.#take(line.file) : line.payload;
    const event = readHook(line.hook, payload, line.waits ?? null);
    return { type: "hook", worker: line.worker, event };
  }

  /**
   * Takes the payload out of its file and removes the file; undefined when there is none to read.
   */
  #take(name: string): unknown {
    const folder = payloadFolder(this.#file);
    const found = readInTree(folder, name, maxPayloadBytes);
    removeInTree(folder, name);
    return found.kind === "file" ? parseJson(found.bytes.toString()) : undefined;
  }
}
