import type { PleachError } from "../../ground/errors.ts";

/** The finding of one look of the doctor. */
export type Check =
  | { readonly name: string; readonly verdict: "ok" | "repaired"; readonly detail: string }
  | {
      readonly name: string;
      readonly verdict: "warning";
      readonly detail: string;
      readonly hint: string;
    }
  | {
      readonly name: string;
      readonly verdict: "failed";
      readonly detail: string;
      readonly hint: string;
      /** 4: something Pleach needs is missing. */
      readonly exitCode: 1 | 4;
    };

export const ok = (name: string, detail: string): Check => ({ name, verdict: "ok", detail });

export const warning = (name: string, detail: string, hint: string): Check => ({
  name,
  verdict: "warning",
  detail,
  hint,
});

export const failed = (name: string, error: PleachError): Check => ({
  name,
  verdict: "failed",
  detail: error.message,
  hint: error.hint,
  exitCode: error.exitCode === 4 ? 4 : 1,
});

/** The exit code of all: 4 before 1 before 0. */
export function exitCodeOfChecks(checks: readonly Check[]): 0 | 1 | 4 {
  const codes = checks.flatMap((check) => (check.verdict === "failed" ? [check.exitCode] : []));
  if (codes.includes(4)) return 4;
  return codes.length > 0 ? 1 : 0;
}
