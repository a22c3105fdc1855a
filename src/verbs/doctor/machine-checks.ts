import { existsSync, readdirSync, readFileSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "../../ground/config/config.ts";
import type { Ground } from "../../ground/ground.ts";
import { loadPty } from "../../ground/proc/pty.ts";
import { tmuxPlace } from "../../grow/launch.ts";
import { chooseHost, wantsTmux } from "../../hosts/choice.ts";
import { listPanes, lookForTmux } from "../../hosts/tmux.ts";
import { socketName } from "../../hosts/tmux-lines.ts";
import { type Check, ok, warning } from "./check.ts";
import { endsAtLogout, logindFolders, readingOrder } from "./logout.ts";

const littleRoom = 200 * 1024 * 1024;

/** Whether there is room for the journal, and for the worktrees, which are large. */
export function roomChecks({ repo }: Ground, config: Config | undefined): readonly Check[] {
  const state = roomCheck("state", repo.stateDir, littleRoom);
  if (config === undefined) return [state];
  return [state, roomCheck("room for worktrees", config.worktrees.root, 5 * littleRoom)];
}

function roomCheck(name: string, folder: string, little: number): Check {
  const { bavail, bsize } = statfsSync(nearestFolder(folder));
  const free = bavail * bsize;
  const said = `${folder} has ${Math.floor(free / 1024 / 1024)} MiB left`;
  if (free >= little) return ok(name, said);
  return warning(name, said, "make room, or remove what is safe to remove: pleach clean");
}

function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(dirname(folder));
}

/** Whether workers get the windows that the configuration asks for, and the server answers. */
export async function tmuxCheck(ground: Ground, { host, agents }: Config): Promise<Check> {
  const modes = [...agents.values()].map(({ mode }) => mode);
  const mode = modes.includes("terminal") ? "terminal" : "stream";
  const asked = { wish: host, mode } as const;
  const tmux = await lookForTmux(ground.env);
  const { lost } = chooseHost(asked, { tmux, noPty: null });
  if (lost !== null) return warning("tmux", lost, 'or set host = "headless" in pleach.toml');
  if (tmux.kind !== "there") {
    return ok("tmux", 'not there; only `host = "tmux"` and mode terminal would use it');
  }
  const place = tmuxPlace(ground);
  const socket = socketName(place.commonDir);
  const panes = await listPanes(place);
  if (panes.kind === "unknown") {
    const hint = `see what it says: tmux -L ${socket} list-windows`;
    return warning("tmux", `the server ${socket} gives no answer: ${panes.why}`, hint);
  }
  const use = wantsTmux(asked) ? "workers get windows" : "used with --host tmux";
  const count = panes.panes.length;
  const windows = count === 0 ? "no window now" : `${count} window${count === 1 ? "" : "s"} now`;
  return ok("tmux", `${tmux.version}; ${use}; ${windows} (tmux -L ${socket})`);
}

/** Whether an agent can be given a terminal of its own here. */
export async function ptyCheck({ agents }: Config): Promise<Check> {
  const pty = await loadPty();
  if (pty.kind === "loaded") return ok("terminal", "agents can have terminals of their own");
  const wanted = [...agents.values()].some(({ mode }) => mode === "terminal");
  if (!wanted) return ok("terminal", `${pty.why}; only mode terminal would use it`);
  const hint = "install pleach again for this platform; until then agents work in mode stream";
  return warning("terminal", pty.why, hint);
}

/**
 * Whether workers outlive a logout.
 * @param machine where its files lie, and who would log out
 */
export function logoutCheck({
  root,
  user,
}: {
  readonly root: string;
  readonly user: string;
}): Check {
  if (!existsSync(join(root, "run/systemd/system"))) {
    return ok("logout", "there is no systemd here that would end workers at logout");
  }
  const texts = readingOrder(logindFolders.flatMap((folder) => filesIn(root, folder))).map(
    ({ folder, name }) => readFileSync(join(root, folder, name), "utf8"),
  );
  if (!endsAtLogout(texts, user)) return ok("logout", "workers outlive it (KillUserProcesses=no)");
  return warning(
    "logout",
    "systemd-logind ends all your processes at logout (KillUserProcesses=yes), workers too",
    `loginctl enable-linger ${user}, and start with: systemd-run --user --scope pleach run`,
  );
}

function filesIn(root: string, folder: string) {
  const main = existsSync(join(root, folder, "logind.conf")) ? ["logind.conf"] : [];
  const dropIns = join(root, folder, "logind.conf.d");
  const names = existsSync(dropIns) ? readdirSync(dropIns) : [];
  return [
    ...main,
    ...names.filter((name) => name.endsWith(".conf")).map((name) => `logind.conf.d/${name}`),
  ].map((name) => ({ folder, name }));
}
