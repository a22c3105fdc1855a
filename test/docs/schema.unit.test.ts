import { describe, expect, test } from "vitest";
import { cli } from "../support/cli.ts";
import { expectValid } from "../support/schema.ts";

test("an error document has its shape", async () => {
  expectValid("error", JSON.parse((await cli(["nonsense", "--json"])).stdout));
});

describe("the schemas hold what is documented, and nothing else", () => {
  const landing = {
    track: "a",
    outcome: "landed",
    commit: null,
    tree: null,
    paths: [],
    gate: null,
  };

  test("land", () => {
    expectValid("land", { schema: 1, landings: [landing] });
    const refuse = (change: object) => () =>
      expectValid("land", { schema: 1, landings: [{ ...landing, ...change }] });
    expect(refuse({ outcome: "done" })).toThrow();
    expect(refuse({ undocumented: 1 })).toThrow();
    expect(refuse({ gate: undefined })).toThrow();
  });

  test("run", () => {
    const started = { seq: 1, at: 0, type: "track.started", track: "a" };
    expectValid("run", started);
    expect(() => expectValid("run", { ...started, anything: [1] })).toThrow();
    expectValid("run", { seq: 1, at: 0, type: "kind.of-later", anything: [1] });
    const finished = {
      type: "run.finished",
      landed: ["a"],
      notLanded: [],
      seconds: 1,
      sequentialSeconds: 2,
    };
    expectValid("run", finished);
    expect(() => expectValid("run", { ...finished, seq: 2, at: 0, landed: "a" })).toThrow();
  });
});
