import { expect, test } from "vitest";
import { readTerminalNotice } from "../../../src/grow/terminal/notice.ts";
import { noticeSignal } from "../../../src/grow/terminal/notice-signal.ts";
import type { SignalContent } from "../../../src/worker/signal.ts";

/** Reads the bodies of these OSCs, one after the other, as signals. */
function told(...bodies: readonly string[]): readonly (string | undefined)[] {
  let former: SignalContent | undefined;
  return bodies.map((body) => {
    const notice = readTerminalNotice(body);
    const said = notice === undefined ? undefined : noticeSignal(notice, former);
    former = said ?? former;
    return said === undefined
      ? undefined
      : "reason" in said
        ? `${said.says} ${said.reason}`
        : said.says;
  });
}

test("the titles of Codex tell when it works, asks, and has come to an end", () => {
  expect(
    told("0;repo", "0;⠋ repo", "0;[ ! ] Action Required | repo", "0;⠙ repo", "0;repo", "0;repo"),
  ).toEqual([undefined, "working", "blocked permission", "working", "turn-ended", undefined]);
});

test("a title that never says anything says nothing of the state", () => {
  expect(told("0;✳ Claude Code", "2;Claude Code", "0;vim a.ts")).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("progress tells of the state, and a notification is for a person alone", () => {
  expect(told("9;4;3;0", "9;4;1;40", "9;Done!", "9;4;0;0", "9;4;2;0", "9;4;4;10")).toEqual([
    "working",
    "working",
    undefined,
    "turn-ended",
    "failed error",
    "blocked question",
  ]);
});
