import { z } from "zod";
import { parseJson } from "../../ground/json.ts";
import type { Answer, HeardLine, StreamProtocol, Utterance } from "../conversation.ts";
import type { AgentEvent } from "../event.ts";
import { Ledger } from "./ledger.ts";
import { CodexMeter } from "./meter.ts";
import { OpenAsks, type RequestId } from "./open-asks.ts";
import { type Notification, readNotification, unwanted } from "./stream.ts";

/*
 * Codex with `app-server`: JSON-RPC, a message a line. A session is a thread, whose id is known
 * only from its answer; messages said before wait for it.
 */

/** The beginning of a thread, or its continuation. */
export interface CodexThread {
  /** The id of the thread to continue; undefined: a new thread. */
  readonly resumes: string | undefined;
  readonly worktree: string;
  /** The settings of a new or continued thread, in the protocol's own names. */
  readonly settings: Readonly<Record<string, unknown>>;
}

const requestId = z.union([z.string(), z.number()]);
const message = z.object({
  id: requestId.optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).catch({}),
  result: z.record(z.string(), z.unknown()).catch({}),
  error: z.object({ message: z.string() }).optional(),
});
type Message = z.infer<typeof message>;

const greeted = z.object({ userAgent: z.string() }).catch({ userAgent: "" });
const begun = z.object({ thread: z.object({ id: z.string() }), model: z.string().nullish() });
const ofTurn = z.object({ turn: z.object({ id: z.string() }) });
const ofThread = z.object({ threadId: z.string().nullish() }).catch({});
const ofGoal = z.object({ goal: z.object({ status: z.string() }) });
const ofRequest = z.object({ requestId: requestId.optional() }).catch({});
const taken = z.object({
  item: z.object({ type: z.literal("userMessage"), clientId: z.string() }),
});
const changing = z.object({
  item: z.object({
    type: z.literal("fileChange"),
    id: z.string(),
    changes: z.array(z.object({ path: z.string() })),
  }),
});

/** The kinds of our requests that wait for an answer. */
type Asked =
  | { readonly kind: "greeting" | "thread" | "aside" }
  | { readonly kind: "turn"; readonly utterance: string };

const aside: Asked = { kind: "aside" };

/** Opens a conversation with Codex. */
export function codexSpeaker(thread: CodexThread): StreamProtocol {
  return new CodexSpeaker(thread);
}

class CodexSpeaker implements StreamProtocol {
  readonly #begin: CodexThread;
  readonly #asked = new Map<RequestId, Asked>();
  readonly #ledger = new Ledger();
  readonly #asks = new OpenAsks();
  readonly #meter = new CodexMeter();
  /** The sub-agents that are at work. */
  readonly #others = new Set<string>();
  /** The files of each change for which Codex may ask. */
  readonly #paths = new Map<string, readonly string[]>();
  #count = 0;
  #version: string | null = null;
  #thread: string | undefined;
  #turn: string | undefined;
  /** Whether the thread has an active goal: then Codex begins the next turn by itself, at once. */
  #hasGoal = false;

  constructor(begin: CodexThread) {
    this.#begin = begin;
  }

  open(first: Utterance): readonly string[] {
    this.#ledger.say(first);
    const clientInfo = { name: "pleach", title: "Pleach", version: "1" };
    const capabilities = {
      ...{ experimentalApi: false, requestAttestation: false },
      optOutNotificationMethods: unwanted,
    };
    return [this.#request({ kind: "greeting" }, "initialize", { clientInfo, capabilities })];
  }

  say(utterance: Utterance): readonly string[] {
    if (!this.#ledger.say(utterance) || this.#thread === undefined) return [];
    return [this.#toTurn(utterance)];
  }

  answer(call: string, answer: Answer): readonly string[] | undefined {
    const said = this.#asks.answer(call, answer);
    if (said === undefined) return undefined;
    if (!said.isRefused || answer.kind === "allow") return [said.response];
    // A refusal has no place for the words: they follow as a message.
    const text = answer.kind === "deny" ? answer.why : answer.text;
    return [said.response, this.#request(aside, "turn/start", this.#input(text))];
  }

  interrupt(): readonly string[] {
    if (this.#thread === undefined) return [];
    const turn = { threadId: this.#thread, turnId: this.#turn ?? "" };
    return [this.#request(aside, "turn/interrupt", turn)];
  }

  hear(raw: string): HeardLine {
    const heard = message.safeParse(parseJson(raw)).data;
    const unknown = tell([{ kind: "unknown", raw }]);
    if (heard === undefined) return unknown;
    const { id, method, params } = heard;
    if (method === undefined) {
      const asked = id === undefined ? undefined : this.#asked.get(id);
      if (id === undefined || asked === undefined) return unknown;
      this.#asked.delete(id);
      return this.#hearAnswer(asked, heard);
    }
    const notice = { method, params };
    if (id === undefined) {
      const events = this.#hearNotice(notice);
      return events === undefined ? unknown : tell(events);
    }
    const asks = this.#asks.take(id, notice, (item) => this.#paths.get(item) ?? []);
    if (asks !== undefined) return tell(asks);
    const error = { code: -32_601, message: "not supported" };
    return { ...unknown, reply: [JSON.stringify({ id, error })] };
  }

  #request(what: Asked, method: string, params: object): string {
    this.#count += 1;
    this.#asked.set(this.#count, what);
    return JSON.stringify({ id: this.#count, method, params });
  }

  /**
   * Says a message into the running turn, else as a turn of its own: Codex decides, so no moment is
   * wrong.
   */
  #toTurn({ id, text }: Utterance): string {
    const params = { ...this.#input(text), clientUserMessageId: id };
    return this.#request({ kind: "turn", utterance: id }, "turn/start", params);
  }

  #input(text: string): object {
    return { threadId: this.#thread, input: [{ type: "text", text, text_elements: [] }] };
  }

  #hearAnswer(asked: Asked, { result, error }: Message): HeardLine {
    switch (asked.kind) {
      case "greeting": {
        if (error !== undefined) return tell(this.#failed(error.message));
        this.#version = /\/(\d\S*)/.exec(greeted.parse(result).userAgent)?.[1] ?? null;
        const { resumes, worktree: cwd, settings } = this.#begin;
        const begin =
          resumes === undefined
            ? // Already in the folder: naming it would make it trusted, in the user's settings.
              this.#request({ kind: "thread" }, "thread/start", settings)
            : this.#request({ kind: "thread" }, "thread/resume", {
                ...{ threadId: resumes, excludeTurns: true, cwd, ...settings },
              });
        return { events: [], reply: [JSON.stringify({ method: "initialized" }), begin] };
      }
      case "thread": {
        const { data } = begun.safeParse(result);
        if (data === undefined) return tell(this.#failed(error?.message ?? "it named no thread"));
        const { thread, model = null } = data;
        this.#thread = thread.id;
        const version = this.#version;
        return {
          events: [{ kind: "session", session: thread.id, model, version }],
          reply: this.#ledger.unsent.map((utterance) => this.#toTurn(utterance)),
        };
      }
      case "turn": {
        const turn = ofTurn.safeParse(result).data?.turn.id;
        if (turn !== undefined) {
          if (!this.#ledger.isOver(turn)) this.#turn ??= turn;
          return tell(this.#ledger.accepted(asked.utterance, turn));
        }
        const dropped = this.#ledger.dropped(asked.utterance);
        if (this.#turn !== undefined || this.#ledger.isWaiting) return tell(dropped);
        return tell([...dropped, ...this.#failed(error?.message ?? "it named no turn")]);
      }
      case "aside":
        return tell([]);
    }
  }

  /** Ends the turn as failed: no message that was said will be acted on. */
  #failed(why: string): readonly AgentEvent[] {
    const outcome = { kind: "failed", why } as const;
    return [...this.#ledger.allDropped(), { kind: "turn-ended", outcome }];
  }

  #hearNotice(notice: Notification): readonly AgentEvent[] | undefined {
    const { method, params } = notice;
    const { threadId = null } = ofThread.parse(params);
    const isOwn = threadId === null || this.#thread === undefined || threadId === this.#thread;
    switch (method) {
      case "thread/tokenUsage/updated":
        return this.#meter.used(params, { thread: this.#thread, turn: this.#turn });
      case "account/rateLimits/updated":
        this.#meter.limits(params);
        return [];
      case "serverRequest/resolved":
        return this.#asks.resolved(ofRequest.parse(params).requestId);
      case "thread/goal/updated":
      case "thread/goal/cleared":
        if (isOwn) this.#hasGoal = ofGoal.safeParse(params).data?.goal.status === "active";
        return [];
      case "turn/started":
      case "turn/completed":
      case "thread/closed":
        return isOwn ? this.#hearTurn(notice) : this.#hearOther(threadId, method);
      default: {
        const events = readNotification(notice, isOwn ? null : threadId);
        return events && [...this.#hearItem(notice), ...events];
      }
    }
  }

  #hearTurn(notice: Notification): readonly AgentEvent[] | undefined {
    const { method, params } = notice;
    const turn = ofTurn.safeParse(params).data?.turn.id;
    const events = readNotification(notice, null);
    if (turn === undefined || events === undefined) return events;
    this.#turn = method === "turn/started" ? turn : undefined;
    if (method === "turn/started") return events;
    const ended = [
      ...this.#ledger.turnEnded(turn),
      ...this.#asks.turnEnded(turn),
      ...events.map((event) => this.#meter.date(event)),
    ];
    if (!this.#hasGoal) return ended;
    const running = this.#others.size;
    return [
      { kind: "background", running: running + 1 },
      ...ended,
      { kind: "background", running },
    ];
  }

  #hearOther(who: string, method: string): readonly AgentEvent[] {
    const before = this.#others.size;
    if (method === "turn/started") this.#others.add(who);
    else this.#others.delete(who);
    const running = this.#others.size;
    return running === before ? [] : [{ kind: "background", running }];
  }

  #hearItem({ method, params }: Notification): readonly AgentEvent[] {
    const change = changing.safeParse(params).data?.item;
    const paths = change?.changes.map(({ path }) => path) ?? [];
    if (change !== undefined) this.#paths.set(change.id, paths);
    const utterance = taken.safeParse(params).data?.item.clientId;
    const isTaken = utterance !== undefined && method === "item/completed";
    return isTaken ? this.#ledger.taken(utterance) : [];
  }
}

const tell = (events: readonly AgentEvent[]): HeardLine => ({ events, reply: [] });
