import { resolve } from "node:path";
import { loadConfig } from "../../../ground/config/load.ts";
import { type Ground, openGround } from "../../../ground/ground.ts";
import { findProgram } from "../../../ground/proc/path.ts";
import { demoGraph, prepareDemo } from "../../../verbs/demo.ts";
import { consentTo } from "../../../verbs/project.ts";
import { callerOf } from "../caller.ts";
import { conduct } from "../conduct.ts";
import type { Context } from "../verb.ts";
import { optional, verb } from "../verb.ts";

export const demoVerb = verb({
  args: { folder: optional("folder", "where to make it (default: a fresh temporary folder)") },
  options: {},
  details: "A small program, a backlog of seven tasks, and a scripted agent: no key, no network.",
  examples: [["pleach demo", "the whole way in about a minute"]],
  run: async (context, { folder }) => {
    const { invocation, out } = context;
    const place = folder === undefined ? undefined : resolve(invocation.folder, folder);
    const top = await prepareDemo(invocation, place);
    out.line(`A scratch repository: ${top}`);
    out.line(
      "Seven tasks, three workers. T2 and T3 share their files; T5 needs T4 first; the first",
    );
    out.line(
      "attempt at T1 fails its tests; T6 and T7 will collide in a file that nobody predicted.",
    );
    out.line();
    const ground = await openGround({ ...invocation, folder: top });
    const config = await loadConfig(ground);
    await consentTo({ ground, config }, callerOf(out), { yes: true });
    const exitCode = await conduct(context, { ground, config, confirm: false, flags: {} });
    await lookBack(context, ground, top);
    return exitCode;
  },
});

async function lookBack(context: Context, ground: Ground, top: string): Promise<void> {
  const { out, invocation } = context;
  const { env, pleach } = invocation;
  // Run from a checkout, nothing called pleach is on PATH.
  const name = findProgram("pleach", env, top) === undefined ? pleach.join(" ") : "pleach";
  out.line();
  out.text(await demoGraph(ground.git));
  out.line();
  const next: readonly (readonly [command: string, what: string])[] = [
    [`cd ${top}`, ""],
    ["cat TASKS.md", "every box is ticked, by one commit for each landing"],
    [`${name} ls --all`, "what became of each track"],
    [`${name} status money --why`, "one of them, with the evidence"],
    [`${name} restore`, "what was put away, and comes back byte for byte"],
    [`${name} init`, "in a repository of your own"],
  ];
  out.line("Where to look next:");
  for (const [command, what] of next) out.line(`  ${command}${what === "" ? "" : `   # ${what}`}`);
}
