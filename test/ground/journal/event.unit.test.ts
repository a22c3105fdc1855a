import { expect, test } from "vitest";
import { catalogue, type UnknownEvent } from "../../../src/ground/journal/event.ts";
import { sentence } from "../../../src/watch/sentence.ts";

test("every kind of event has a sentence of documentation, and a name of noun and participle", () => {
  for (const [kind, fields] of Object.entries(catalogue)) {
    expect(kind).toMatch(/^[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*$/);
    expect(fields.description, kind).toMatch(/^[A-Z].*\.$/);
  }
});

test("an event of a kind that a later version writes is shown by its name", () => {
  const later = { seq: 1, at: 0, type: "moon.risen", phase: "\x1b[2Jfull" } as unknown;
  expect(sentence(later as UnknownEvent)).toEqual({ weight: "detail", text: "moon risen" });
  const strange = { seq: 2, at: 0, type: "constructor.called" } as unknown;
  expect(sentence(strange as UnknownEvent).weight).toBe("detail");
});

test("an event of an earlier version, with fewer fields, is said without them", () => {
  for (const type of Object.keys(catalogue)) {
    const bare = { seq: 1, at: 0, type, tracks: [], said: {} } as unknown;
    expect(sentence(bare as UnknownEvent).text, type).not.toBe("");
  }
});
