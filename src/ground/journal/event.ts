import type { z } from "zod";
import type { EpochMs } from "../clock.ts";
import type { TrackName, WorkerId } from "../ids.ts";
import type { Json } from "../json.ts";
import { landingEvents } from "./landing-events.ts";
import { runEvents } from "./run-events.ts";
import { trackEvents } from "./track-events.ts";
import { workerEvents } from "./worker-events.ts";

/**
 * The catalogue of the journal: every kind of event, with its meaning and its fields. `append` takes
 * nothing else, readers switch over it, and `docs/schema/event.json` is generated from it.
 */
export const catalogue = {
  ...runEvents,
  ...trackEvents,
  ...workerEvents,
  ...landingEvents,
} as const;

export type EventKind = keyof typeof catalogue;

/** An event as it is written down: the journal adds when, and its number. */
export type JournalEntry = {
  readonly [Kind in EventKind]: { readonly type: Kind } & FieldsOf<Kind>;
}[EventKind];

/** The fields of a kind; an event without fields has none, rather than only forbidden ones. */
type FieldsOf<Kind extends EventKind> =
  z.infer<(typeof catalogue)[Kind]> extends Record<string, never>
    ? unknown
    : Readonly<z.infer<(typeof catalogue)[Kind]>>;

interface Stamp {
  readonly seq: number;
  readonly at: EpochMs;
  readonly track?: TrackName;
  readonly worker?: WorkerId;
}

/** An event of one kind, read back. Fields that came later are missing in older events. */
export type EventOf<Kind extends EventKind> = Extract<JournalEntry, { readonly type: Kind }> &
  Stamp;

declare const later: unique symbol;

/** An event of a kind that only a later version of Pleach knows: kept, and shown by its name. */
export interface UnknownEvent extends Stamp {
  readonly type: `${string}.${string}` & { readonly [later]: true };
  readonly [field: string]: Json | undefined;
}

/** An event as it stands in the journal, of whatever version. */
export type JournalEvent =
  | { readonly [Kind in EventKind]: EventOf<Kind> }[EventKind]
  | UnknownEvent;
