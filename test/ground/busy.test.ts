import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { inBackground } from "../../src/ground/background.ts";
import { systemClock } from "../../src/ground/clock.ts";
import { openStore } from "../../src/ground/store/store.ts";
import { holdDatabase } from "../support/hold-database.ts";
import { scratch } from "../support/scratch.ts";

test("a process waits for a database that others hold, as long as its patience lasts", async () => {
  const store = openStore(scratch(), systemClock);
  onTestFinished(() => store.close());
  const holder = await holdDatabase(join(store.folder, "state.db"));
  const said: string[] = [];
  const busy = /^another process has had the database .*state\.db to itself for a while/;
  store.wait({ ms: 0, say: (text) => said.push(text) });
  const write = (): number =>
    store.transaction(() => store.write("INSERT INTO holds VALUES ('x', '{}')"));
  expect(write).toThrow(
    expect.objectContaining({
      code: "store/busy",
      exitCode: 4,
      message: expect.stringMatching(busy),
    }),
  );
  expect(said).toEqual([]);
  // The holder lets go while this process does not run.
  holder.letGoIn(11_000);
  store.wait({ ms: 60_000, say: (text) => said.push(text) });
  expect(write()).toBe(1);
  expect(said).toEqual([expect.stringMatching(busy)]);
  expect(store.all("SELECT account FROM holds")).toEqual([{ account: "x" }]);
});

test("a look in the background that fails is said once, and begun again until it is stopped", async () => {
  const store = openStore(scratch(), systemClock);
  onTestFinished(() => store.close());
  const clock = {
    ...systemClock,
    sleep: async () => await new Promise<void>((next) => setImmediate(next)),
  };
  let looks = 0;
  const again = Promise.withResolvers<void>();
  const following = inBackground({ store, clock }, "the look", async () => {
    looks += 1;
    if (looks === 3) again.resolve();
    throw new Error("not a full object id");
  });
  await again.promise;
  await following.stop();
  expect(store.events()).toMatchObject([
    { type: "look.failed", what: "the look", why: "not a full object id" },
  ]);
});
