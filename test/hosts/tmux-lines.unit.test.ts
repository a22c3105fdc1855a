import fc from "fast-check";
import { expect, test } from "vitest";
import { chooseHost } from "../../src/hosts/choice.ts";
import { environmentIn } from "../../src/hosts/job-file.ts";
import {
  isOldEnough,
  literal,
  parsePane,
  parseVersion,
  saysNoServer,
  socketName,
  unformatted,
} from "../../src/hosts/tmux-lines.ts";

test("every repository has a socket of its own, with a short and plain name", () => {
  expect(socketName("/a/.git")).toMatch(/^pleach-[0-9a-f]{12}$/);
  expect(socketName("/a/.git")).not.toBe(socketName("/b/.git"));
});

test.each([
  ["tmux 3.3a\n", "3.3a", true],
  ["tmux 2.9", "2.9", false],
  ["tmux next-3.6", "3.6", true],
  ["tmux master", undefined, undefined],
  ["", undefined, undefined],
])("%j is version %s", (said, text, enough) => {
  const version = parseVersion(said);
  expect(version?.text).toBe(text);
  expect(version === undefined ? undefined : isOldEnough(version)).toBe(enough);
});

test("a pane is read back, whatever its window is called", () => {
  fc.assert(
    fc.property(fc.string(), fc.boolean(), fc.nat(255), (name, dead, code) => {
      const line = `@1|%2|345|${dead ? 1 : 0}|${dead ? code : ""}|||${name}`;
      expect(parsePane(line)).toEqual({
        ...{ window: "@1", pane: "%2", pid: 345, dead, signal: null, track: name },
        exitCode: dead ? code : null,
      });
    }),
  );
  expect(parsePane("@1|%2|345|1||9|auth|renamed")).toMatchObject({ signal: 9, track: "auth" });
  for (const line of ["", "%1", "no server running"]) expect(parsePane(line)).toBeUndefined();
});

test("a text that ends a command or begins a format does so no more", () => {
  expect(["a;", ";", "a;b", "#{x}"].map(literal)).toEqual(["a\\;", "\\;", "a;b", "#{x}"]);
  expect(unformatted("/a#{b}/#c;")).toBe("/a##{b}/##c\\;");
});

test("a missing server is no failure; anything else is", () => {
  expect(saysNoServer("no server running on /tmp/tmux-0/x")).toBe(true);
  const refused = "error connecting to /tmp/tmux-0/x (Connection refused)";
  expect(saysNoServer(refused)).toBe(true);
  expect(saysNoServer("error connecting to /tmp/tmux-0/x (Permission denied)")).toBe(false);
  for (const closing of ["no current target", "can't find session: pleach"]) {
    expect(saysNoServer(closing)).toBe(true);
  }
  expect(saysNoServer("unknown option: -Z")).toBe(false);
});

const there = { kind: "there", version: "3.3a" } as const;

test.each([
  ["auto", "stream", there, "headless"],
  ["auto", "terminal", there, "tmux"],
  ["headless", "terminal", there, "headless"],
  ["tmux", "stream", there, "tmux"],
] as const)("%s in mode %s is available as asked", (wish, mode, tmux, host) => {
  expect(chooseHost({ wish, mode }, { tmux, noPty: null })).toEqual({ host, mode, lost: null });
});

test("an unavailable host is reported, with what is lost and how to get it", () => {
  const old = { kind: "too-old", version: "2.9" } as const;
  const missing = { kind: "missing" } as const;
  expect(chooseHost({ wish: "tmux", mode: "stream" }, { tmux: missing, noPty: null })).toEqual({
    host: "headless",
    mode: "stream",
    lost: "tmux is not on PATH, so workers have no window of their own (pleach logs TRACK -f shows what one says); install tmux 3.0 or newer",
  });
  const terminal = { wish: "auto", mode: "terminal" } as const;
  const { lost, mode } = chooseHost(terminal, { tmux: old, noPty: null });
  expect(mode).toBe("terminal");
  expect(lost).toMatch(/^tmux 2\.9 is older than 3\.0, so .*pleach attach TRACK/);
  const noPty = "no terminal can be had here: no binary";
  expect(chooseHost(terminal, { tmux: there, noPty })).toEqual({
    host: "headless",
    mode: "stream",
    lost: `${noPty}; so agents work by their structured output, and nobody can attach; install pleach again for this platform`,
  });
  const both = chooseHost({ wish: "tmux", mode: "terminal" }, { tmux: missing, noPty });
  expect(both).toMatchObject({ host: "headless", mode: "stream" });
  expect(both.lost).toMatch(/no binary;.*besides, tmux is not on PATH/);
});

test("a job keeps its own variables, and the pane names its terminal", () => {
  const pane = { TERM: "tmux-256color", TMUX: "/x", LEAK: "1" };
  const job = { TERM: "xterm-kitty", TERM_PROGRAM: "kitty", A: "1" };
  expect(environmentIn(pane, job)).toEqual({ A: "1", TERM: "tmux-256color" });
});
