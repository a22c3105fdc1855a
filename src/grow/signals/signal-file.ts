import { appendFileSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { type HookEvent, readHook } from "../../agents/hooks.ts";
import { parseJson } from "../../ground/json.ts";
import { readInTree, removeInTree } from "../../ground/tree-file.ts";
import { wary } from "../../ground/tree-folder.ts";
import type { Report } from "../../worker/worker.ts";

/** What `pleach done` or `pleach blocked` says to the supervisor. */
type ReportLine = { readonly type: "report" } & Report;

/** One line of `signals.ndjson`, understood. */
export type SignalLine =
  | ReportLine
  | { readonly type: "hook"; readonly worker: string; readonly event: HookEvent }
  /** Anything may write there; what is no signal is kept and counted. */
  | { readonly type: "noise"; readonly raw: string };

/** A name beside the file of lines, and nowhere else. */
const besideLine = z.string().regex(/^[A-Za-z]+\.\d+$/);
const hookFields = { hook: z.string(), worker: z.string(), waits: besideLine.optional() };

const lineSchema = z.union([
  z.object({ type: z.literal("report"), kind: z.enum(["done", "blocked"]), text: z.string() }),
  z.object({ ...hookFields, file: besideLine }),
  z.object({ ...hookFields, payload: z.unknown() }),
]);

/** A whole line is one write: O_APPEND keeps lines of several writers apart below this. */
const maxLineBytes = 4_096;
/** Of a payload in a file of its own; what is longer is told without it. */
const maxPayloadBytes = 16 * 1024 * 1024;

/** Where hooks put payloads that are too long for a line. */
export const payloadFolder = (signalsFile: string): string => join(dirname(signalsFile), "hooks");

/** Appends a line; texts that are too long for one write are cut. */
export function sendReport(file: string, { kind, text }: Report): void {
  const cut = Buffer.from(text)
    .subarray(0, maxLineBytes / 2)
    .toString();
  const line: ReportLine = { type: "report", kind, text: cut };
  appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
}

/** Reads the lines that were appended since it was made. */
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

  /** The payload in a file, which is gone then; undefined when there is none to be read. */
  #take(name: string): unknown {
    const folder = payloadFolder(this.#file);
    const found = readInTree(folder, name, maxPayloadBytes);
    removeInTree(folder, name);
    return found.kind === "file" ? parseJson(found.bytes.toString()) : undefined;
  }
}
