import type { HostName, HostWish } from "./host.ts";
import type { Availability } from "./tmux.ts";
import { oldest } from "./tmux-lines.ts";

export type Mode = "stream" | "terminal";

export interface AskedHost {
  readonly wish: HostWish;
  readonly mode: Mode;
}

/** The means of this machine. */
export interface Means {
  readonly tmux: Availability;
  /** The reason why no terminal can be had; null when there is a terminal. */
  readonly noPty: string | null;
}

export interface HostChoice {
  readonly host: HostName;
  readonly mode: Mode;
  /** The loss against the request and its remedy, in a sentence; null when nothing is lost. */
  readonly lost: string | null;
}

/** Whether tmux matters to the request; looking for it costs a process. */
export const wantsTmux = ({ wish, mode }: AskedHost): boolean =>
  wish === "tmux" || (wish === "auto" && mode === "terminal");

/**
 * Chooses where and how a worker runs: as asked where possible, else without a window, else without
 * a terminal. Pure.
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

/** Says what the lack of a window means, and what is there instead. */
export const withoutWindow = (mode: Mode): string =>
  mode === "terminal"
    ? "workers have no window of their own (pleach attach TRACK goes to one's terminal)"
    : "workers have no window of their own (pleach logs TRACK -f shows what one says)";
