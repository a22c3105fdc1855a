import type { Answer } from "../conversation.ts";
import type { AgentEvent } from "../event.ts";
import { type CodexAsk, readAsk } from "./asks.ts";

interface Open extends CodexAsk {
  readonly request: RequestId;
  readonly answered: "no" | "allowed" | "refused";
}

/** The id of a request; Codex counts its requests from 0 in each process. */
export type RequestId = string | number;

const closedBy = { no: "withdrawn", allowed: "went-on", refused: "refused" } as const;

/** The requests of Codex that wait for a person, until Codex reports them resolved. */
export class OpenAsks {
  readonly #open = new Map<string, Open>();
  readonly #calls = new Set<string>();

  /** Takes a request. @returns undefined when a person cannot answer it */
  take(
    request: RequestId,
    ...about: readonly [Parameters<typeof readAsk>[1], Parameters<typeof readAsk>[2]]
  ): readonly AgentEvent[] | undefined {
    const asked = readAsk(request, ...about);
    if (asked === undefined) return undefined;
    const { call: named } = asked.ask;
    // An item may ask twice, for different things: an answer to the first is none to the second.
    const call = this.#calls.has(named) ? `${named}/${request}` : named;
    this.#calls.add(named);
    const ask = { ...asked.ask, call };
    this.#open.set(call, { ...asked, ask, request, answered: "no" });
    return [{ kind: "asked", ...ask }];
  }

  /** Answers a call. @returns undefined when that call does not wait for an answer (any more) */
  answer(
    call: string,
    answer: Answer,
  ): { readonly response: string; readonly isRefused: boolean } | undefined {
    const open = this.#open.get(call);
    if (open === undefined || open.answered !== "no") return undefined;
    const { result, isRefused } = open.respond(answer);
    this.#open.set(call, { ...open, answered: isRefused ? "refused" : "allowed" });
    return { response: JSON.stringify({ id: open.request, result }), isRefused };
  }

  resolved(request: RequestId | undefined): readonly AgentEvent[] {
    return this.#closeWhere((open) => open.request === request);
  }

  turnEnded(turn: string): readonly AgentEvent[] {
    return this.#closeWhere((open) => open.turn === turn);
  }

  #closeWhere(isIt: (open: Open) => boolean): readonly AgentEvent[] {
    const closed = [...this.#open].filter(([, open]) => isIt(open));
    const events = closed.flatMap(([call, { ask, answered }]): readonly AgentEvent[] => {
      this.#open.delete(call);
      const over = { kind: "ask-closed", call, how: closedBy[answered] } as const;
      if (answered !== "refused") return [over];
      return [over, { kind: "denied", call, tool: ask.tool, why: ask.detail }];
    });
    const next = [...this.#open.values()].find(({ answered }) => answered === "no");
    if (closed.length === 0 || next === undefined) return events;
    // The ask that waits beside the closed calls is repeated: it is the ask that counts now.
    return [...events, { kind: "asked", ...next.ask }];
  }
}
