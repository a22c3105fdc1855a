import { appendFileSync, closeSync, openSync, readSync, statSync } from "node:fs";
import { z } from "zod";
import type { Report } from "./worker.ts";

/** What a hook or `pleach done` says to the supervisor, one line of JSON. */
export type Signal = { readonly type: "report" } & Report;

const signalSchema = z.object({
  type: z.literal("report"),
  kind: z.enum(["done", "blocked"]),
  text: z.string(),
});

/** A whole line is one write: O_APPEND keeps lines of several writers apart below this. */
const maxLineBytes = 4_096;

/** Appends a line; texts that are too long for one write are cut. */
export function sendSignal(file: string, signal: Signal): void {
  const text = Buffer.from(signal.text)
    .subarray(0, maxLineBytes / 2)
    .toString();
  const line = JSON.stringify({ ...signal, text });
  appendFileSync(file, `${line}\n`, { mode: 0o600 });
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

  read(): readonly Signal[] {
    const descriptor = openSync(this.#file, "r");
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
      return lines.flatMap(parseSignal);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Agents write here: whatever is no signal is nothing. */
function parseSignal(line: string): readonly Signal[] {
  try {
    return [signalSchema.parse(JSON.parse(Buffer.from(line, "latin1").toString()))];
  } catch {
    return [];
  }
}
