import fc from "fast-check";
import { expect, test } from "vitest";
import { isTrackName, parseRaceName, parseTrackName, slug } from "../../src/ground/ids.ts";

test("a slug of any text is a track name", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => isTrackName(slug(text))));
  expect(slug("Überprüfe die Façade: 合計!")).toBe("uberprufe-die-facade");
});

test("names that git or a file system would stumble over are refused with a name that works", () => {
  for (const bad of ["", "-x", "a b", "A", "a..b", "a.lock", "a/b", "$(id)", "ä", "a".repeat(61)]) {
    expect(() => parseTrackName(bad)).toThrow(/is not a track name/);
  }
  expect(parseTrackName("auth-2.b_c")).toBe("auth-2.b_c");
  for (const bad of ["", "bad name", "a".repeat(58)]) {
    expect(() => parseRaceName(bad)).toThrow(`${JSON.stringify(bad)} is not a race name`);
  }
  expect(parseRaceName("a".repeat(57))).toHaveLength(57);
});
