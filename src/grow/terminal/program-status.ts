import { plainLine } from "../../ground/text.ts";

/*
 * OSC 7501, the program status protocol (revision 0.4): a program asks `7501;?`, the owner of the
 * terminal answers the same bytes, and from then on the program reports `7501;k=v:k=v`. Reports are
 * the program's word, and text in them may be anybody's: they are shown, and approve nothing.
 */

export const programStates = ["idle", "working", "blocked", "done", "error"] as const;
export type ProgramState = (typeof programStates)[number];
type BlockedKind = "permission" | "question" | "auth";

/** A single record of a program: its own, or that of a job it runs apart (in the background). */
export interface StatusRecord {
  readonly state: ProgramState;
  /** Null when the program does not say, or says something new. */
  readonly kind: BlockedKind | null;
  /** Whole per cent. */
  readonly progress: number | null;
  readonly app: string;
  readonly title: string;
  /** A single line, without control bytes. */
  readonly message: string;
}

export type StatusReport =
  | { readonly kind: "query" }
  | { readonly kind: "report"; readonly id: string; readonly record: StatusRecord }
  | { readonly kind: "clear"; readonly id: string };

/** Limits of the protocol, in characters as they are sent; a longer value is dropped whole. */
const limits = { app: 32, id: 128, title: 256, msg: 2_732 } as const;
const maxLevels = 8;
const maxRecords = 256;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const blockedKinds: readonly BlockedKind[] = ["permission", "question", "auth"];

/** Reads the body of an OSC; undefined when it is no report, or a broken one. */
export function parseStatusReport(body: string): StatusReport | undefined {
  if (!body.startsWith("7501;")) return undefined;
  const text = body.slice("7501;".length);
  if (text === "?") return { kind: "query" };
  const fields = new Map<string, string>();
  for (const part of text.split(":")) {
    const at = part.indexOf("=");
    if (at <= 0) return undefined;
    fields.set(part.slice(0, at), part.slice(at + 1));
  }
  for (const [name, limit] of Object.entries(limits)) {
    if ((fields.get(name)?.length ?? 0) > limit) return undefined;
  }
  const id = fields.get("id") ?? "";
  if (/[\x00-\x1f\x7f]/.test(id) || id.split("/").length > maxLevels) return undefined;
  const said = fields.get("state");
  if (said === "clear") return { kind: "clear", id };
  const state = programStates.find((known) => known === said);
  const title = decode(fields.get("title"));
  const message = decode(fields.get("msg"));
  if (state === undefined || title === undefined || message === undefined) return undefined;
  return {
    kind: "report",
    id,
    record: {
      state,
      kind: blockedKinds.find((known) => known === fields.get("kind")) ?? null,
      progress: percent(fields.get("progress")),
      app: plainLine(fields.get("app") ?? ""),
      title,
      message,
    },
  };
}

function decode(text: string | undefined): string | undefined {
  if (text === undefined) return "";
  return base64.test(text) ? plainLine(Buffer.from(text, "base64").toString()) : undefined;
}

function percent(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,3}$/.test(text) ? Math.min(100, Number(text)) : null;
}

/** A program's last reports, by record; the main record has the id "". */
export type StatusBoard = ReadonlyMap<string, StatusRecord>;

/**
 * Updates the board by a report, which replaces its record whole. Clearing the main record clears
 * all.
 */
export function withReport(
  board: StatusBoard,
  report: Exclude<StatusReport, { kind: "query" }>,
): StatusBoard {
  if (report.kind === "clear" && report.id === "") return new Map();
  const next = new Map(board);
  if (report.kind === "clear") next.delete(report.id);
  else if (next.has(report.id) || next.size < maxRecords) next.set(report.id, report.record);
  return next;
}
