import { ExitCode } from "../../../ground/errors.ts";
import { openGround } from "../../../ground/ground.ts";
import type { JournalEvent } from "../../../ground/journal/event.ts";
import type { Store } from "../../../ground/store/store.ts";
import { waitForChange } from "../../../ground/store/watch.ts";
import { count, flag, value, verb } from "../verb.ts";

const page = 1_000;
const idleMs = 60_000;

export const eventsVerb = verb({
  args: {},
  options: {
    follow: flag("-f, --follow", "go on with what happens from now on, until Ctrl-C"),
    since: count("--since <n>", "only what came after this sequence number", {
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
    }),
    track: value("--track <name>", "only what is about this track"),
    json: flag("--json", "NDJSON, which it always is"),
  },
  details:
    "Each line is one event: {seq, at, type, track?, worker?, …}. `seq` is a cursor for --since.",
  examples: [
    ["pleach events --since 120", "what came after event 120"],
    ["pleach events -f --track auth", "follow one track"],
  ],
  run: async (context, _, { follow, since, track }) => {
    const { store, clock } = await openGround(context.invocation);
    const isWanted = (event: JournalEvent) => track === undefined || event.track === track;
    const print = (after: number): number => {
      let seen = after;
      for (const event of eventsAfter(store, after)) {
        if (isWanted(event)) context.out.record(event);
        seen = event.seq;
      }
      return seen;
    };
    if (!follow) {
      print(since ?? 0);
      return ExitCode.ok;
    }
    const signal = context.interruption();
    for (let seen = since ?? 0; !signal.aborted; ) {
      const version = store.version();
      seen = print(seen);
      await waitForChange(store, clock, { since: version, limitMs: idleMs, signal });
    }
    return ExitCode.interrupted;
  },
});

/** All of the journal after a cursor, page by page. */
function* eventsAfter(store: Store, after: number): Generator<JournalEvent> {
  for (let seen = after; ; ) {
    const some = store.events(seen, page);
    yield* some;
    const last = some.at(-1);
    if (last === undefined || some.length < page) return;
    seen = last.seq;
  }
}
