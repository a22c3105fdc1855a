import type { EventKind, EventOf } from "../../src/ground/journal/event.ts";
import type { Store } from "../../src/ground/store/store.ts";

/** The events of some kinds in a journal, oldest first. */
export function eventsOf<Kind extends EventKind>(
  store: Pick<Store, "events">,
  ...kinds: readonly Kind[]
): readonly EventOf<Kind>[] {
  const isOf = (type: string): boolean => (kinds as readonly string[]).includes(type);
  const events = store.events(0, Number.MAX_SAFE_INTEGER);
  return events.filter(({ type }) => isOf(type)) as unknown as readonly EventOf<Kind>[];
}
