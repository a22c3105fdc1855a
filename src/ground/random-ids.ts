import { randomBytes, randomUUID } from "node:crypto";
import type { IdSource, ProgramId, WorkerId } from "./ids.ts";

const body = (): string => randomBytes(5).toString("hex");

export const randomIds: IdSource = {
  worker: () => `w_${body()}` as WorkerId,
  program: () => `p_${body()}` as ProgramId,
  session: () => randomUUID(),
  utterance: () => randomUUID(),
};

/** Returns a word that cannot have been known before (`Paper.mark`). */
export const randomMark = (): string => randomBytes(16).toString("hex");
