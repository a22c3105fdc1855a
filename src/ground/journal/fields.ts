import { z } from "zod";
import type { AccountId, ProgramId, RaceName, TrackName, WorkerId } from "../ids.ts";

/*
 * The building blocks of the catalogue of events. A name that is branded in the code is a plain
 * string in the schema, and branded in the type that is inferred from the schema.
 */

const named = <Name extends string>(meaning: string): z.ZodType<Name, Name> =>
  z.string().describe(meaning) as unknown as z.ZodType<Name, Name>;

/** The track an event is about: a column of its own in the journal. */
export const track = { track: named<TrackName>("the track the event is about") };
/** The track an event is about, where there is one. */
export const trackIfAny = { track: track.track.optional() };
/** The worker an event is about, and its track: columns of their own in the journal. */
export const worker = { ...track, worker: named<WorkerId>("the worker the event is about") };
/** A track, and its worker where the worker is known. */
export const trackAndWorkerIfAny = { ...trackIfAny, worker: worker.worker.optional() };

export const raceName = named<RaceName>("the race");
export const accountField = named<AccountId>("the account whose allowance agents use up");
export const programId = named<ProgramId>("the resumable program that did it");

export const sha = z.string().describe("a full object id");
export const text = (meaning: string) => z.string().describe(meaning);
export const wholeNumber = (meaning: string) => z.number().int().describe(meaning);
export const seconds = z.number().describe("seconds by the wall clock");
export const epochMs = z.number().describe("milliseconds since 1970");
export const list = (meaning: string) => z.array(z.string()).readonly().describe(meaning);
export const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words);

/** The fields of an event that says no more than its kind. */
export const nothing = {} as const satisfies z.ZodRawShape;

/** A kind of event: a sentence for people, and the fields that such an event has. */
export const kind = <Shape extends z.ZodRawShape>(meaning: string, shape: Shape) =>
  z.object(shape).describe(meaning);
