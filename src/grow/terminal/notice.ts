import { plainLine } from "../../ground/text.ts";

/** A program's message to the person at its terminal, besides its picture. */
export type TerminalNotice =
  | { readonly kind: "title"; readonly title: string }
  /** Sent as OSC 9 (iTerm2), 99 (kitty) or 777 (rxvt). */
  | { readonly kind: "notification"; readonly text: string }
  /** Sent as OSC 9;4 (ConEmu): null when there is no progress any more. */
  | {
      readonly kind: "progress";
      readonly state: "normal" | "error" | "indeterminate" | "paused" | null;
      readonly percent: number | null;
    };

/** Reads the body of an OSC; undefined when it tells a person nothing. Text is made safe. */
export function readTerminalNotice(body: string): TerminalNotice | undefined {
  const [, code = "", text = ""] = /^(\d+);([\s\S]*)$/.exec(body) ?? [];
  switch (code) {
    case "0":
    case "2":
      return { kind: "title", title: plainLine(text) };
    case "9":
      return readProgress(text) ?? notification(text);
    case "777": {
      const [verb, ...words] = text.split(";");
      return verb === "notify" ? notification(words.join(": ")) : undefined;
    }
    case "99":
      return notification(text.slice(text.indexOf(";") + 1));
    default:
      return undefined;
  }
}

function notification(text: string): TerminalNotice | undefined {
  const line = plainLine(text);
  return line === "" ? undefined : { kind: "notification", text: line };
}

const progressStates = [null, "normal", "error", "indeterminate", "paused"] as const;

function readProgress(text: string): TerminalNotice | undefined {
  const [, state, percent] = /^4(?:;([0-4])(?:;(\d{1,3}))?)?;?$/.exec(text) ?? [];
  if (state === undefined) return undefined;
  return {
    kind: "progress",
    state: progressStates[Number(state)] ?? null,
    percent: percent === undefined || percent === "" ? null : Math.min(100, Number(percent)),
  };
}
