import type { HostName, HostWish } from "./host.ts";
import type { Availability } from "./tmux.ts";
import { oldest } from "./tmux-lines.ts";

export interface Asked {
  readonly wish: HostWish;
  readonly mode: "stream" | "terminal";
}

export interface Choice {
  readonly host: HostName;
  /** What is lost and how to get it, in a sentence; null when it is as asked. */
  readonly lost: string | null;
}

/** Whether tmux matters to what is asked for; looking for it costs a process. */
export const wantsTmux = ({ wish, mode }: Asked): boolean =>
  wish === "tmux" || (wish === "auto" && mode === "terminal");

/** Where a worker runs: as asked where that can be had, else without a window. Pure. */
export function chooseHost(asked: Asked, tmux: Availability): Choice {
  if (!wantsTmux(asked)) return { host: "headless", lost: null };
  if (tmux.kind === "there") return { host: "tmux", lost: null };
  const fact =
    tmux.kind === "missing"
      ? "tmux is not on PATH"
      : `tmux ${tmux.version} is older than ${oldest}`;
  return {
    host: "headless",
    lost: `${fact}, so ${withoutWindow}; install tmux ${oldest} or newer`,
  };
}

export const withoutWindow =
  "workers have no window of their own (pleach logs TRACK -f shows what one says)";
