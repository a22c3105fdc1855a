import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { undoModes } from "../../../src/grow/terminal/screen/modes.ts";
import { onlooker, own, tui } from "../../support/terminal.ts";

/* Real programs in real terminals of ours. */

const last = <Item>(items: readonly Item[]): Item | undefined => items.at(-1);
const mainState = (news: readonly { readonly kind: string }[]): string | undefined =>
  last(news.flatMap((told) => ("board" in told ? [stateOf(told.board)] : [])));
const stateOf = (board: unknown): string | undefined =>
  board instanceof Map ? board.get("")?.state : undefined;

test("the end of a program comes through: codes, signals, a missing program, and its last line", async () => {
  const end = async (line: string) => {
    const owned = await own(["sh", "-c", line]);
    const ending = await owned.pty.ended;
    return [ending, Buffer.concat(owned.raw).toString()];
  };
  expect(await end("exit 0")).toEqual([{ kind: "exited", code: 0 }, ""]);
  expect(await end("exit 7")).toEqual([{ kind: "exited", code: 7 }, ""]);
  expect(await end("kill -TERM $$")).toEqual([{ kind: "signalled", signal: "SIGTERM" }, ""]);
  expect(await end("kill -KILL $$")).toEqual([{ kind: "signalled", signal: "SIGKILL" }, ""]);
  const [ending, output] = await end("seq 20000; echo the end; exit 3");
  expect([ending, String(output).endsWith("20000\r\nthe end\r\n")]).toEqual([
    { kind: "exited", code: 3 },
    true,
  ]);
  await expect(own(["no-such-program-anywhere"])).rejects.toThrow("not found");
});

test("a program that asks 7501 before DA1 is answered first, and reports, even without a viewer", async () => {
  const { shows, news, terminal } = await own([tui, "say hello"]);
  await shows("hello");
  await expect.poll(() => mainState(news), { timeout: 20_000 }).toBe("done");
  expect(news).toContainEqual({ kind: "title", title: "tui" });
  expect(terminal.modes.set.get(2004)).toBe(true);
});

test("200 KB pasted through a viewer arrive byte for byte, and no answer of its terminal does", async () => {
  const { terminal, shows } = await own([tui], { env: { TUI_MANNERS: "" } });
  await shows("❯");
  const viewer = await onlooker({ columns: 80, rows: 24 });
  terminal.join(viewer, { fresh: true });
  const text = Array.from({ length: 5_000 }, (_, line) => `zeile ${line} — 漢字 \t&`).join("\n");
  expect(Buffer.byteLength(text)).toBeGreaterThan(120_000);
  const paste = Buffer.from(`\x1b[200~sha ${text.repeat(2)}\x1b[201~`);
  expect(paste.length).toBeGreaterThan(200_000);
  terminal.type(viewer, paste);
  terminal.type(viewer, Buffer.from("\x1b]7501;?\x07"));
  terminal.type(viewer, Buffer.from("\r"));
  await shows(createHash("sha256").update(text.repeat(2)).digest("hex"));
  expect(terminal.typing).toMatchObject({ draft: false, pasting: false });
});

test("sizes follow the viewer that came last, and fall back when it leaves", async () => {
  const { terminal, shows } = await own([tui]);
  await shows("---- 80x24");
  const small = await onlooker({ columns: 60, rows: 12 });
  const wide = await onlooker({ columns: 120, rows: 40 });
  terminal.join(small, { fresh: true });
  await shows("---- 60x12");
  terminal.join(wide, { fresh: true });
  await shows("---- 120x40");
  terminal.resized(wide, { columns: 100, rows: 30 });
  await shows("---- 100x30");
  terminal.leave(wide);
  await shows("---- 60x12");
});

test("a late viewer sees the screen at once, modes included; several see the same", async () => {
  const { terminal, shows, mirror } = await own([
    tui,
    "say first; say \u001b[31mzweite 漢字\u001b[0m",
  ]);
  await shows("zweite");
  const size = { columns: 80, rows: 24 };
  const late = await onlooker(size);
  const reader = await onlooker(size, { readOnly: true });
  terminal.join(late, { fresh: true });
  terminal.join(reader, { fresh: true });
  await late.shows("zweite 漢字");
  await reader.shows("zweite 漢字");
  terminal.type(reader, Buffer.from("say no\r"));
  terminal.type(late, Buffer.from("say both\r"));
  await late.shows("both");
  await reader.shows("both");
  const screen = mirror.text();
  expect([late.mirror.text(), reader.mirror.text()]).toEqual([screen, screen]);
  expect(screen.join("\n")).not.toContain("say no");
  expect(late.mirror.picture()).toBe(mirror.picture());
});

test("a viewer that takes nothing is waited for, or skipped and shown the screen afresh", async () => {
  const { terminal, raw, pty } = await own([
    "sh",
    "-c",
    "sleep 0.2; yes 0123456789 | head -c 3000000; sleep 60",
  ]);
  let taken = 0;
  const stuck = await onlooker(
    { columns: 80, rows: 24 },
    {
      show: (bytes) => {
        taken += bytes.length;
        return false;
      },
      slow: "wait",
    },
  );
  terminal.join(stuck, { fresh: false });
  await expect.poll(() => taken, { timeout: 20_000 }).toBeGreaterThan(0);
  // Output that was already read is passed on; then the program waits.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(taken).toBeLessThan(1_000_000);
  const lagging = await onlooker({ columns: 80, rows: 24 });
  terminal.join(lagging, { fresh: true });
  terminal.leave(stuck);
  await expect
    .poll(() => raw.reduce((sum, { length }) => sum + length, 0), { timeout: 20_000 })
    .toBeGreaterThan(2_900_000);
  await lagging.shows("0123456789");
  expect(pty.process.pid).toBeGreaterThan(0);
});

test("a program does not hang after Ctrl-Z, and its modes are undone after its death", async () => {
  const { terminal, shows, pty } = await own([tui], { env: { TUI_MANNERS: "leave-modes" } });
  await shows("❯");
  const viewer = await onlooker({ columns: 80, rows: 24 });
  terminal.join(viewer, { fresh: true });
  terminal.type(viewer, Buffer.from("\x1a"));
  terminal.type(viewer, Buffer.from("say awake\r"));
  await shows("awake");
  process.kill(pty.process.pid, "SIGTERM");
  expect(await pty.ended).toEqual({ kind: "signalled", signal: "SIGTERM" });
  const left = undoModes(terminal.modes);
  for (const mode of ["?1049l", "?1000l", "?1006l", "?2004l"]) expect(left).toContain(mode);
});
