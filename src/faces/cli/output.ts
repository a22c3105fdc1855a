import { createInterface } from "node:readline/promises";
import { inked, type Paper } from "../../ground/paper.ts";
import type { ExactEnv } from "../../ground/proc/run.ts";
import { randomMark } from "../../ground/random-ids.ts";
import { plainLine, unseenInJson } from "../../ground/text.ts";
import { createLiveBlock } from "./live-block.ts";

/** The three streams of a process; a terminal says so and has a width. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream & {
    readonly isTTY?: boolean;
    readonly setRawMode?: (raw: boolean) => unknown;
  };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/**
 * The one place that writes to the terminal. What was asked for goes to stdout, prose about
 * progress to stderr. Of styles only those that `paint` has set on its paper get through.
 */
export interface Output {
  /** Prints one line of the answer; a line break inside is shown, and begins no other line. */
  line(text?: string): void;
  /** Prints a part of the answer, in as many lines as the text has. */
  text(text: string): void;
  /** `{"schema":1, …}`: the one document of `--json`. */
  document(content: object): void;
  /** Prints one line of NDJSON. */
  record(content: object): void;
  /** A line of prose about what happens, to stderr. */
  note(text: string): void;
  /** Redraws a block of lines below all that was printed; does nothing without a terminal. */
  live(lines: readonly string[]): void;
  /** Calls a person, by bell and notification of the terminal; without one it does nothing. */
  ring(text: string): void;
  /** Asks a question that is answered by y or n; no answer is a no. */
  confirm(question: string): Promise<boolean>;
  /** From now on keys are neither signals nor shown; nobody reads them. */
  deaf(): void;
  /** The paper that `line` and `note` write on. */
  readonly paper: Paper;
  /** `paper` for sentences: a pipe has no edge to cut them at. */
  readonly roll: Paper;
  /** `paper` for columns side by side: in a pipe as wide as the terminal that will show it. */
  readonly sheet: Paper;
  readonly notePaper: Paper;
  /** Whether a person is there to be asked: stdin and stderr are terminals. */
  readonly interactive: boolean;
  /** Whether stdout, or stderr, is a terminal on which lines may be redrawn. */
  readonly terminal: { readonly stdout: boolean; readonly stderr: boolean };
}

export interface OutputOptions {
  readonly env: ExactEnv;
  /** `--no-color`. */
  readonly noColor: boolean;
}

export function createOutput(streams: Streams, options: OutputOptions): Output {
  const { stdin, stdout, stderr } = streams;
  const mark = randomMark();
  const safe = (line: string): string => inked(line.replaceAll(/\r?\n/g, " ⏎ "), mark);
  const paperOf = (stream: OutputStream): Paper => ({
    width: stream.columns ?? 80,
    color: wantsColor(stream, options),
    mark,
  });
  const block = createLiveBlock(
    (text) => void stdout.write(text),
    () => stdout.rows,
  );
  const put = (stream: OutputStream, text: string): void =>
    block.above(() => void stream.write(`${text}\n`));
  return {
    line: (text = "") => put(stdout, safe(text)),
    text: (text) => {
      for (const line of text.split("\n")) put(stdout, safe(line));
    },
    document: (content) => put(stdout, json({ schema: 1, ...content }, 2)),
    record: (content) => put(stdout, json(content)),
    note: (text) => put(stderr, safe(text)),
    live: (lines) => {
      if (stdout.isTTY === true) block.draw(lines.map(safe));
    },
    ring: (text) => {
      if (stdout.isTTY === true) stdout.write(callOf(text, options.env));
    },
    confirm: async (question) => await confirm(streams, question),
    deaf: () => {
      if (stdin.isTTY !== true) return;
      stdin.setRawMode?.(true);
      // A window that is closed is an error here, and nobody's trouble.
      stdin.on("error", () => undefined).resume();
    },
    // Asked each time: the window of a terminal changes its size.
    get paper() {
      return paperOf(stdout);
    },
    get roll() {
      const paper = paperOf(stdout);
      return stdout.isTTY === true ? paper : { ...paper, width: Number.POSITIVE_INFINITY };
    },
    get sheet() {
      const paper = paperOf(stdout);
      if (stdout.isTTY === true) return paper;
      const said = Number(options.env["COLUMNS"]);
      return { ...paper, width: said >= 20 ? said : (stderr.columns ?? paper.width) };
    },
    get notePaper() {
      return paperOf(stderr);
    },
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    terminal: { stdout: stdout.isTTY === true, stderr: stderr.isTTY === true },
  };
}

/** BEL, and OSC 9 where no multiplexer stands between: it would not pass it on. */
function callOf(text: string, env: ExactEnv): string {
  const isInside = env["TMUX"] !== undefined || env["ZELLIJ"] !== undefined;
  return isInside ? "\x07" : `\x1b]9;${plainLine(text).replaceAll(";", " ")}\x07\x07`;
}

/**
 * https://no-color.org: set and not empty means none; so does a terminal that is none. FORCE_COLOR
 * asks for them where there is none, as in front of `less -R`.
 */
function wantsColor(stream: OutputStream, { env, noColor }: OutputOptions): boolean {
  if (noColor || (env["NO_COLOR"] ?? "") !== "") return false;
  if (!["", "0", "false"].includes(env["FORCE_COLOR"] ?? "")) return true;
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

/** JSON escapes C0 only; the rest of what cannot be seen is escaped too, and nothing is lost. */
function json(content: object, indent?: number): string {
  return JSON.stringify(content, undefined, indent).replace(unseenInJson, (char) =>
    Array.from(
      { length: char.length },
      (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

async function confirm({ stdin, stderr }: Streams, question: string): Promise<boolean> {
  const reader = createInterface({ input: stdin, output: stderr });
  const closed = new AbortController();
  reader.once("close", () => closed.abort());
  reader.once("SIGINT", () => reader.close());
  try {
    const answer = await reader.question(`${plainLine(question)} [y/N] `, {
      signal: closed.signal,
    });
    return /^y(?:es)?$/i.test(answer.trim());
  } catch (error) {
    if (closed.signal.aborted) return false;
    throw error;
  } finally {
    reader.close();
  }
}
