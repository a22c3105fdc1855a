import type { Clock, EpochMs } from "./clock.ts";
import type { Fault } from "./fault.ts";
import type { IdSource, ProgramId } from "./ids.ts";
import type { Json } from "./json.ts";
import { liveness, type ProcessIdentity, processIdentitySchema } from "./proc/identity.ts";
import { isSameProcess } from "./store/lease.ts";
import type { Store } from "./store/store.ts";

/*
 * A resumable verb (land, drop, …) is a program of small named steps, as in git-town: before a step
 * its intent is recorded, after it the result. After a kill at any instruction, the next start
 * finds the open program, sees how far it came, and goes on. Contract: each step can be run again
 * after it was run half or whole.
 */

/** The knowledge of a program; it grows with each step and survives its process. */
export type ProgramFacts = { readonly [key: string]: Json | undefined };

export type ProgramPhase = "begun" | "intent" | "result";

/** A program as the store has it, not finished. */
export interface OpenProgram<Step extends string, Known extends ProgramFacts> {
  readonly id: ProgramId;
  readonly kind: string;
  /** The subject of the program, usually a track. */
  readonly subject: string;
  /** The step that was begun last; undefined before the first. */
  readonly step: Step | undefined;
  readonly phase: ProgramPhase;
  readonly owner: ProcessIdentity;
  readonly facts: Known;
  readonly begunAt: EpochMs;
}

export interface ProgramGround {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly self: ProcessIdentity;
  readonly fault: Fault;
}

interface ProgramRow {
  readonly id: ProgramId;
  readonly kind: string;
  readonly subject: string;
  readonly step: string | null;
  readonly phase: ProgramPhase;
  readonly owner: string;
  readonly facts: string;
  readonly begun_at: number;
}

/** A running program; made by `beginProgram` or `adoptProgram`. */
export class Program<Step extends string, Known extends ProgramFacts> {
  readonly id: ProgramId;
  readonly kind: string;
  readonly subject: string;
  readonly #ground: ProgramGround;
  #facts: Known;

  constructor(ground: ProgramGround, open: OpenProgram<Step, Known>) {
    this.id = open.id;
    this.kind = open.kind;
    this.subject = open.subject;
    this.#ground = ground;
    this.#facts = open.facts;
  }

  get facts(): Known {
    return this.#facts;
  }

  /**
   * Records the intent (on the disk before it acts), acts, and records what was learnt together
   * with `record`, if given: the projection and journal of the phase, in the same transaction. The
   * result is on the disk with the next intent at the latest; where a power failure takes it, the
   * step is run again.
   * @param intent `light` where a half-done step is in nobody's way: such an intent outlives its
   * process all the same, but not a power failure
   */
  async step(
    name: Step,
    act: (facts: Known) => Promise<Partial<Known>>,
    record?: (facts: Known) => void,
    intent: "lasting" | "light" = "lasting",
  ): Promise<void> {
    const { store, fault } = this.#ground;
    const save = (): void => this.#save(name, "intent");
    if (intent === "lasting") store.durably(save);
    else store.transaction(save);
    await fault(`${this.kind}:${name}:intent`);
    const learnt = await act(this.#facts);
    await fault(`${this.kind}:${name}:acted`);
    this.#facts = { ...this.#facts, ...learnt };
    store.transaction(() => {
      this.#save(name, "result");
      record?.(this.#facts);
    });
    await fault(`${this.kind}:${name}:result`);
  }

  /** Records facts learnt between two steps. */
  learn(learnt: Partial<Known>): void {
    const { store, clock } = this.#ground;
    this.#facts = { ...this.#facts, ...learnt };
    store.durably(() => {
      const sql =
        "UPDATE programs SET facts = ?, changed_at = ? WHERE id = ? AND phase <> 'finished'";
      store.write(sql, JSON.stringify(this.#facts), clock.now(), this.id);
    });
  }

  /** Ends the program; `record` writes its outcome in the same transaction. */
  finish(record: (facts: Known) => void): void {
    const { store, clock } = this.#ground;
    store.transaction(() => {
      record(this.#facts);
      const sql = "UPDATE programs SET phase = 'finished', changed_at = ? WHERE id = ?";
      store.write(sql, clock.now(), this.id);
    });
  }

  #save(step: Step, phase: ProgramPhase): void {
    const { store, clock, self } = this.#ground;
    const changed = store.write(
      `UPDATE programs SET step = ?, phase = ?, facts = ?, changed_at = ?
       WHERE id = ? AND phase <> 'finished' AND owner = ?`,
      step,
      phase,
      JSON.stringify(this.#facts),
      clock.now(),
      this.id,
      JSON.stringify(self),
    );
    // The fence: a process that was stopped for long and taken over writes nothing any more.
    if (changed !== 1) throw new Error(`${this.kind} ${this.id} was taken over by another process`);
  }
}

export function beginProgram<Step extends string, Known extends ProgramFacts>(
  ground: ProgramGround,
  start: { readonly kind: string; readonly subject: string; readonly facts: Known },
): Program<Step, Known> {
  const { store, clock, ids, self } = ground;
  const id = ids.program();
  const now = clock.now();
  store.durably(() => {
    store.write(
      `INSERT INTO programs (id, kind, subject, step, phase, owner, facts, begun_at, changed_at)
       VALUES (?, ?, ?, NULL, 'begun', ?, ?, ?, ?)`,
      id,
      start.kind,
      start.subject,
      JSON.stringify(self),
      JSON.stringify(start.facts),
      now,
      now,
    );
  });
  return new Program(ground, {
    ...start,
    id,
    step: undefined,
    phase: "begun",
    owner: self,
    begunAt: now,
  });
}

/** Lists all programs of a kind that were begun and not finished, oldest first. */
export function openPrograms<Step extends string, Known extends ProgramFacts>(
  store: Store,
  kind: string,
): readonly OpenProgram<Step, Known>[] {
  const sql = "SELECT * FROM programs WHERE phase <> 'finished' AND kind = ? ORDER BY begun_at, id";
  return store.all<ProgramRow>(sql, kind).map((row) => ({
    id: row.id,
    kind: row.kind,
    subject: row.subject,
    step: row.step === null ? undefined : (row.step as Step),
    phase: row.phase,
    owner: processIdentitySchema.parse(JSON.parse(row.owner)),
    facts: JSON.parse(row.facts) as Known,
    begunAt: row.begun_at,
  }));
}

/** Lists the kinds of programs that were begun and not finished. */
export function openProgramKinds(store: Store): readonly string[] {
  const sql = "SELECT DISTINCT kind FROM programs WHERE phase <> 'finished' ORDER BY kind";
  return store.all<{ readonly kind: string }>(sql).map(({ kind }) => kind);
}

/** Lists the processes that have begun programs and not finished them, alive or not. */
export function programOwners(store: Store): readonly ProcessIdentity[] {
  const sql = "SELECT DISTINCT owner FROM programs WHERE phase <> 'finished'";
  return store
    .all<Pick<ProgramRow, "owner">>(sql)
    .map(({ owner }) => processIdentitySchema.parse(JSON.parse(owner)));
}

/** The extent of an adoption. */
export interface Adopting {
  /**
   * Whether programs of this very process are adopted, too: nothing in it may work on any of them.
   */
  readonly hasOwn: boolean;
}

/**
 * Takes over a program whose process is proven gone, to bring it to its end.
 * @returns undefined while its owner lives, or cannot be looked at, or another process was faster
 */
export async function adoptProgram<Step extends string, Known extends ProgramFacts>(
  ground: ProgramGround,
  open: OpenProgram<Step, Known>,
  { hasOwn }: Adopting = { hasOwn: false },
): Promise<Program<Step, Known> | undefined> {
  const { store, self } = ground;
  if (hasOwn && isSameProcess(open.owner, self)) return new Program(ground, open);
  if ((await liveness(open.owner)) !== "gone") return undefined;
  const changed = store.write(
    "UPDATE programs SET owner = ? WHERE id = ? AND owner = ? AND phase <> 'finished'",
    JSON.stringify(self),
    open.id,
    JSON.stringify(open.owner),
  );
  return changed === 1 ? new Program(ground, { ...open, owner: self }) : undefined;
}
