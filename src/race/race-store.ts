import type { Clock } from "../ground/clock.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import type { RaceName, TrackName } from "../ground/ids.ts";
import type { Store } from "../ground/store/store.ts";
import type { Race } from "./race.ts";

interface RaceRow {
  readonly doc: string;
}

/** Lists the races without a pick, oldest first, including those whose candidates are all gone. */
export function openRaces(store: Store): readonly Race[] {
  return store
    .all<RaceRow>("SELECT doc FROM races WHERE picked IS NULL ORDER BY at, name")
    .map(({ doc }) => JSON.parse(doc) as Race);
}

export function findRace(store: Store, name: string): Race | undefined {
  const row = store.one<RaceRow>("SELECT doc FROM races WHERE name = ?", name);
  return row === undefined ? undefined : (JSON.parse(row.doc) as Race);
}

/** @throws PleachError `race/none` (usage) */
export function requireRace(store: Store, name: string): Race {
  const race = findRace(store, name);
  if (race !== undefined) return race;
  const names = openRaces(store).map((known) => known.name);
  throw new PleachError({
    code: "race/none",
    message: `there is no race ${name}${names.length === 0 ? "" : ` (there are: ${names.join(", ")})`}`,
    hint: 'pleach race "PROMPT" --agent claude:2,codex begins one',
    exitCode: ExitCode.usage,
  });
}

interface RaceGround {
  readonly store: Store;
  readonly clock: Clock;
}

/** Records a race before its candidates are cut; a former race of the same name is over. */
export function recordRace(
  { store, clock }: RaceGround,
  seed: Pick<Race, "name" | "base" | "candidates">,
): Race {
  const race: Race = { ...seed, at: clock.now(), until: null, picked: null };
  store.transaction(() => {
    save(store, race);
    store.append({ type: "race.started", race: race.name, candidates: race.candidates });
  });
  return race;
}

/** Closes the entry once all candidates are cut: a later track of the same name is no candidate. */
export function closeEntry({ store, clock }: RaceGround, name: RaceName): Race {
  return store.transaction(() => {
    const race = { ...requireRace(store, name), until: clock.now() };
    save(store, race);
    return race;
  });
}

/** Records a candidate that was composed of others' parts. */
export function recordCandidate(
  { store, clock }: RaceGround,
  name: RaceName,
  track: TrackName,
): void {
  store.transaction(() => {
    const race = requireRace(store, name);
    if (race.candidates.includes(track)) return;
    save(store, { ...race, candidates: [...race.candidates, track], until: clock.now() });
  });
}

/**
 * Records the pick that landed: the race is over. @param left candidates that could not be dropped
 */
export function recordPicked(
  { store }: RaceGround,
  race: Race,
  { picked, left }: { readonly picked: TrackName; readonly left: readonly TrackName[] },
): void {
  store.transaction(() => {
    save(store, { ...race, picked });
    const dropped = race.candidates.filter((name) => name !== picked && !left.includes(name));
    store.append({ type: "race.picked", race: race.name, track: picked, dropped, left });
  });
}

function save(store: Store, race: Race): void {
  store.write(
    `INSERT INTO races (name, at, picked, doc) VALUES (?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET at = excluded.at, picked = excluded.picked,
       doc = excluded.doc`,
    ...[race.name, race.at, race.picked, JSON.stringify(race)],
  );
}
