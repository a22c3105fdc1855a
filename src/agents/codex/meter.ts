import { z } from "zod";
import { type AgentEvent, type Usage, usageSince } from "../event.ts";

const breakdown = z.object({ inputTokens: z.number(), outputTokens: z.number() });
const used = z.object({
  threadId: z.string(),
  turnId: z.string(),
  tokenUsage: z.object({ total: breakdown, last: breakdown }),
});

const window = z.object({ usedPercent: z.number(), resetsAt: z.number().nullish() }).nullish();
const snapshot = z.object({
  rateLimits: z.object({ limitId: z.string().nullish(), primary: window, secondary: window }),
});

/** The use that Codex tells, kept as far as later figures depend on it. */
export class CodexMeter {
  readonly #totals = new Map<string, Usage>();
  readonly #windows = new Map<string, z.infer<typeof window>>();

  /**
   * Reads the growth of a thread's total; each thread tells its total, and a sub-agent's total is
   * its own. A resumed thread repeats its total before it does anything: that is no growth.
   */
  used(
    params: unknown,
    { thread, turn }: { readonly thread: string | undefined; readonly turn: string | undefined },
  ): readonly AgentEvent[] | undefined {
    const { data } = used.safeParse(params);
    if (data === undefined) return undefined;
    const { threadId, turnId, tokenUsage } = data;
    const total = usageOf(tokenUsage.total);
    const isRepeated = threadId === thread && turnId !== turn;
    const before = isRepeated ? total : less(total, usageOf(tokenUsage.last));
    const more = usageSince(this.#totals.get(threadId) ?? before, total);
    this.#totals.set(threadId, total);
    return more.inputTokens + more.outputTokens === 0 ? [] : [{ kind: "used", more }];
  }

  /** Notes the windows of an account; a window missing in an update has not changed. */
  limits(params: unknown): void {
    const told = snapshot.safeParse(params).data?.rateLimits;
    for (const name of ["primary", "secondary"] as const) {
      if (told?.[name] != null) this.#windows.set(`${told.limitId}/${name}`, told[name]);
    }
  }

  /** Adds to a final word about a limit the time at which the full windows open again. */
  date(event: AgentEvent): AgentEvent {
    if (event.kind !== "turn-ended" || event.outcome.kind !== "limited") return event;
    const full = [...this.#windows.values()].filter((one) => (one?.usedPercent ?? 0) >= 100);
    const times = full.flatMap((one) => (one?.resetsAt == null ? [] : [one.resetsAt]));
    const last = new Date(Math.max(...times) * 1_000);
    if (event.outcome.limit !== "usage" || Number.isNaN(last.getTime())) return event;
    return { ...event, outcome: { ...event.outcome, reopens: last.toISOString() } };
  }
}

const usageOf = ({ inputTokens, outputTokens }: z.infer<typeof breakdown>): Usage => ({
  ...{ inputTokens, outputTokens, costUsd: null },
});

const less = (one: Usage, other: Usage): Usage => ({
  inputTokens: one.inputTokens - other.inputTokens,
  outputTokens: one.outputTokens - other.outputTokens,
  costUsd: null,
});
