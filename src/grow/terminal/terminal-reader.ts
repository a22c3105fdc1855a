import type { HookEvent } from "../../agents/hooks.ts";
import type { TerminalProfile } from "../../agents/terminal-profile.ts";
import type { SignalContent } from "../../worker/signal.ts";
import { findWorker, recordWorker } from "../../worker/worker-store.ts";
import { programSignal } from "../signals/program-signal.ts";
import type { SignalLog } from "../signals/signal-log.ts";
import type { Transcript } from "../signals/transcript.ts";
import type { Turn } from "../turn/turn.ts";
import type { TerminalNotice } from "./notice.ts";
import { noticeSignal } from "./notice-signal.ts";
import type { News } from "./own.ts";
import type { StatusReport } from "./program-status.ts";
import type { ScreenSeen } from "./screen/screen.ts";
import type { TerminalRoad } from "./terminal-road.ts";

/** The news of the running turn; times are monotonic. */
export interface HeardTurn {
  /** When the program, or a job it runs, last told something new. */
  reportedAt: number;
  /** Whether the program did anything since this was set to false. */
  begun: boolean;
  /** Whether its hooks told the end of its turn, and nothing else of it since. */
  hasStopped: boolean;
  screen: ScreenSeen;
}

interface Hearing {
  readonly transcript: Transcript;
  readonly signals: SignalLog;
  readonly profile: TerminalProfile;
}

/**
 * Hears a program's reports besides its picture: for its state, and for the transcript's readers.
 */
export class TerminalReader {
  readonly #turn: Turn;
  readonly #transcript: Transcript;
  readonly #signals: SignalLog;
  readonly #takesSession: boolean;
  readonly #former = new Map<string, SignalContent>();
  #noticed: SignalContent | undefined;
  readonly heard: HeardTurn;
  road: TerminalRoad | undefined;
  onNews: () => void = () => undefined;

  constructor(turn: Turn, { transcript, signals, profile }: Hearing) {
    this.#turn = turn;
    this.#transcript = transcript;
    this.#signals = signals;
    this.#takesSession = profile.takesSession;
    const now = turn.ground.clock.monotonic();
    const screen = { text: "", since: now };
    this.heard = { reportedAt: now, begun: false, hasStopped: false, screen };
  }

  /** Takes an event of its hooks: they tell the end of a turn beside background jobs, too. */
  hook(event: HookEvent): void {
    const ofWork = ["prompt", "tool", "asked", "turn-ended", "failed", "interrupted", "sub-agent"];
    if (!ofWork.includes(event.kind)) return;
    this.heard.reportedAt = this.#turn.ground.clock.monotonic();
    if (event.subAgent !== null) return;
    this.heard.hasStopped = event.kind === "turn-ended" && !event.isWoken;
  }

  hear(news: News): void {
    if (news.kind === "status") this.#report(news.report);
    else if (news.kind === "notification") this.#transcript.remark(`notifies: ${news.text}`);
    else if (news.kind === "title" || news.kind === "progress") this.#notice(news);
    this.onNews();
  }

  #notice(notice: TerminalNotice): void {
    const said = noticeSignal(notice, this.#noticed);
    if (said === undefined) return;
    this.#noticed = said;
    this.#signals.tell(said);
  }

  #report(report: Exclude<StatusReport, { kind: "query" }>): void {
    const { id } = report;
    const { state, kind, message } =
      report.kind === "clear"
        ? cleared
        : { ...report.record, kind: report.record.kind ?? undefined };
    const former = this.#former.get(id);
    const said = programSignal({ id, state, kind, message }, former);
    // A job that tells the same over and over (a server) does not put off the turn's end.
    if (id === "" || said?.says !== former?.says) {
      this.heard.reportedAt = this.#turn.ground.clock.monotonic();
    }
    if (said !== undefined) {
      this.#signals.tell(said);
      if (said.says === "cleared") this.#former.delete(id);
      else this.#former.set(id, said);
    }
    const about = id === "" ? "" : ` (${id})`;
    this.#transcript.remark(`${state}${about}${message === "" ? "" : `: ${message}`}`);
    if (id !== "") return;
    if (state !== "idle" && state !== "clear") this.#begin();
    if (report.kind === "report") this.road?.reported(report.record);
    // Only an open account lets the program come to the end of its work.
    if (state === "done") this.#turn.account.alive();
  }

  /** Notes that work has begun: the session it was started with can be gone on with from now on. */
  #begin(): void {
    const { ground, worker, session } = this.#turn;
    const former = findWorker(ground.store, worker.id)?.sessionId;
    if (!this.heard.begun && this.#takesSession && former !== session.id) {
      const sessionId = session.id;
      recordWorker(
        ground,
        { track: worker.track, worker: worker.id },
        { type: "worker.session", sessionId },
      );
    }
    this.heard.begun = true;
  }
}

const cleared = { state: "clear", kind: undefined, message: "" } as const;
