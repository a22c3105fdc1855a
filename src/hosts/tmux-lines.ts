import { createHash } from "node:crypto";

/*
 * The words to tmux and from tmux, as data. Learnt from tmux(1) and by trying: an argument that
 * ends in `;` ends the command, and `#` begins a format even in a folder's name.
 */

/** The session of our server; each viewer has a session of their own, grouped with it. */
export const session = "pleach";

/**
 * Returns the socket of a repository's server: its own, so that nothing of the user's is ever
 * touched.
 */
export function socketName(commonDir: string): string {
  return `pleach-${createHash("sha256").update(commonDir).digest("hex").slice(0, 12)}`;
}

/** Writes the configuration that the server starts with instead of the user's own. */
export function renderConfig(terminal: string): string {
  const options = [
    `default-terminal ${terminal}`,
    // A person also comes to see how a program ended.
    "remain-on-exit on",
    // Names are the tracks'; a program that sets a title does not rename its window.
    "automatic-rename off",
    "allow-rename off",
    "set-titles off",
    // Attaching brings no variables of a viewer to a worker.
    'update-environment ""',
    "mouse on",
    "history-limit 50000",
    "escape-time 25",
    "focus-events on",
    'status-left "pleach "',
    'status-right "#{?client_prefix,prefix ,}C-b d leaves it growing "',
    "status-right-length 40",
  ];
  return `${options.map((option) => `set-option -gq ${option}`).join("\n")}\n`;
}

/** Returns an argument as tmux takes it literally. */
export function literal(argument: string): string {
  return argument.endsWith(";") ? `${argument.slice(0, -1)}\\;` : argument;
}

/** Returns a text for places where tmux expands formats (`-c`, `-n`). */
export const unformatted = (text: string): string => literal(text.replaceAll("#", "##"));

export interface TmuxVersion {
  readonly major: number;
  readonly minor: number;
  /** The version in tmux's own words: "3.3a". */
  readonly text: string;
}

/** Reads the output of `tmux -V`; undefined for any other text. */
export function parseVersion(said: string): TmuxVersion | undefined {
  const [, text, major, minor] = /^tmux (?:next-)?((\d+)\.(\d+)\S*)/.exec(said.trim()) ?? [];
  if (text === undefined) return undefined;
  return { major: Number(major), minor: Number(minor), text };
}

/** The oldest version that starts a program from a list of arguments and keeps its window. */
export const oldest = "3.0";

export const isOldEnough = ({ major }: TmuxVersion): boolean => major >= 3;

/** The single pane of a window. */
export interface Pane {
  readonly window: string;
  readonly pane: string;
  readonly pid: number;
  readonly track: string;
  readonly dead: boolean;
  /** The exit code of its program, when it has ended; older servers tell the code only. */
  readonly exitCode: number | null;
  readonly signal: number | null;
}

export const trackOption = "@pleach_track";

/**
 * The fields of a pane. The window's name, which a person may change, stands last: it may hold
 * anything.
 */
export const paneFormat = [
  ...["window_id", "pane_id", "pane_pid", "pane_dead", "pane_dead_status", "pane_dead_signal"],
  ...[trackOption, "window_name"],
]
  .map((name) => `#{${name}}`)
  .join("|");

/** Reads one line in `paneFormat`. */
export function parsePane(line: string): Pane | undefined {
  const [window, pane, pid, dead, code = "", signal = "", track = "", ...name] = line.split("|");
  if (window === undefined || pane === undefined || !/^\d+$/.test(pid ?? "")) return undefined;
  return {
    window,
    pane,
    pid: Number(pid),
    track: track === "" ? name.join("|") : track,
    dead: dead === "1",
    exitCode: code === "" ? null : Number(code),
    signal: signal === "" ? null : Number(signal),
  };
}

/** Whether a call failed because no server, session or window is there, which is no failure. */
export function saysNoServer(stderr: string): boolean {
  const none = [
    /^no server running on /m,
    /^error connecting to .*\((?:No such file or directory|Connection refused)\)/m,
    /^(?:server exited unexpectedly|lost server)/m,
    // Its last window has closed, and the server is about to end.
    /^(?:can't find (?:session|window)|no current target|no sessions)/m,
  ];
  return none.some((words) => words.test(stderr));
}
