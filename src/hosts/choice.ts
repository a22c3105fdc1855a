import type { HostName, HostWish } from "./host.ts";
import type { Availability } from "./tmux.ts";
import { oldest } from "./tmux-lines.ts";

export type Mode = "stream" | "terminal";

export interface AskedHost {
  readonly wish: HostWish;
  readonly mode: Mode;
}

/** What there is on this machine. */
export interface Means {
  readonly tmux: Availability;
  /** Why no terminal can be had; null when one can. */
  readonly noPty: string | null;
}

export interface HostChoice {
  readonly host: HostName;
  readonly mode: Mode;
  /** What is lost and how to get it, in a sentence; null when it is as asked. */
  readonly lost: string | null;
}

/** Whether tmux matters to what is asked for; looking for it costs a process. */
export const wantsTmux = ({ wish, mode }: AskedHost): boolean =>
  wish === "tmux" || (wish === "auto" && mode === "terminal");

/**
 * Where and how a worker runs: as asked where that can be had, else without a window, else without a
 * terminal. Pure.
 */
export function chooseHost(asked: AskedHost, { tmux, noPty }: Means): HostChoice {
  if (asked.mode === "terminal" && noPty !== null) {
    const rest = chooseHost({ ...asked, mode: "stream" }, { tmux, noPty });
    const fact = `${noPty}; so agents work by their structured output, and nobody can attach; install pleach again for this platform`;
    return { ...rest, lost: rest.lost === null ? fact : `${fact}; besides, ${rest.lost}` };
  }
  const { mode } = asked;
  if (!wantsTmux(asked)) return { host: "headless", mode, lost: null };
  if (tmux.kind === "there") return { host: "tmux", mode, lost: null };
  const fact =
    tmux.kind === "missing"
      ? "tmux is not on PATH"
      : `tmux ${tmux.version} is older than ${oldest}`;
  const lost = `${fact}, so ${withoutWindow(mode)}; install tmux ${oldest} or newer`;
  return { host: "headless", mode, lost };
}

/** What it means to have no window, and what is there instead. */
export const withoutWindow = (mode: Mode): string =>
  mode === "terminal"
    ? "workers have no window of their own (pleach attach TRACK goes to one's terminal)"
    : "workers have no window of their own (pleach logs TRACK -f shows what one says)";
