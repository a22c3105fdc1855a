import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";
import { type AgentEvent, formatEvent } from "../../agents/event.ts";
import type { Clock } from "../../ground/clock.ts";

/** Size at which a file becomes `<file>.1`, 4 MiB: of an endless output the end is kept. */
const limitBytes = 4 * 1024 * 1024;
const maxLineBytes = 4 * 1024;

/** A private file that is appended to and kept small: follow it with `tail -F`. */
export class CappedFile {
  readonly #file: string;
  #descriptor: number;
  #size: number;

  constructor(file: string) {
    this.#file = file;
    this.#descriptor = openSync(file, "a", 0o600);
    this.#size = fstatSync(this.#descriptor).size;
  }

  append(content: string | Uint8Array): void {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    if (this.#size + bytes.length > limitBytes) this.#turn();
    writeSync(this.#descriptor, bytes);
    this.#size += bytes.length;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #turn(): void {
    this.close();
    renameSync(this.#file, `${this.#file}.1`);
    this.#descriptor = openSync(this.#file, "a", 0o600);
    this.#size = 0;
  }
}

/** A fact of the transcript. */
export type TranscriptLine =
  | { readonly kind: "started"; readonly program: string; readonly attempt: number }
  | { readonly kind: "output"; readonly stream: "stdout" | "stderr"; readonly text: string }
  | { readonly kind: "ended"; readonly how: string }
  /** News of a program in a terminal besides its picture, in words. */
  | { readonly kind: "status"; readonly text: string }
  | AgentEvent;

/** The two files of a worker's words: one for people to read, one with a fact to a line. */
export class Transcript {
  readonly #output: CappedFile;
  readonly #lines: CappedFile;
  readonly #clock: Clock;
  #remarked = "";
  readonly #partial = { stdout: "", stderr: "" };

  constructor(files: { readonly output: string; readonly transcript: string }, clock: Clock) {
    this.#output = new CappedFile(files.output);
    this.#lines = new CappedFile(files.transcript);
    this.#clock = clock;
  }

  note(line: TranscriptLine): void {
    this.#lines.append(`${JSON.stringify({ at: this.#clock.now(), ...line })}\n`);
  }

  /** Takes a stream's output; its last line waits until it is whole, or too long. */
  take(stream: "stdout" | "stderr", chunk: Buffer): void {
    this.#output.append(chunk);
    const lines = `${this.#partial[stream]}${chunk.toString()}`.split("\n");
    this.#partial[stream] = (lines.pop() ?? "").slice(0, maxLineBytes);
    for (const line of lines) this.#noteOutput(stream, line);
  }

  /** Takes an event of an agent's structured output: whole as a fact, in words for readers. */
  tell(event: AgentEvent): void {
    const raw = event.kind === "unknown" ? event.raw.slice(0, maxLineBytes) : undefined;
    this.note(raw === undefined ? event : { kind: "unknown", raw });
    const words = raw ?? formatEvent(event);
    if (words !== undefined) this.#output.append(`${words}\n`);
  }

  /** Takes a remark about a terminal that its picture does not show. */
  remark(text: string): void {
    if (text === this.#remarked) return;
    this.#remarked = text;
    this.note({ kind: "status", text });
    this.#output.append(`${text}\n`);
  }

  close(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.#partial[stream] !== "") this.#noteOutput(stream, this.#partial[stream]);
    }
    this.#output.close();
    this.#lines.close();
  }

  #noteOutput(stream: "stdout" | "stderr", line: string): void {
    this.note({ kind: "output", stream, text: line.slice(0, maxLineBytes) });
  }
}
