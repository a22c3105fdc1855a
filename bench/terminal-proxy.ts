/**
 * Owns a terminal in the supervisor's way, and does nothing else of a supervisor: for measuring.
 */

import { outerTerminal } from "../src/faces/cli/outer-terminal.ts";
import { systemClock } from "../src/ground/clock.ts";
import { startPty } from "../src/ground/proc/pty.ts";
import { CappedFile } from "../src/grow/signals/transcript.ts";
import { joinOuter } from "../src/grow/terminal/outer.ts";
import { OwnedTerminal } from "../src/grow/terminal/own.ts";
import { createMirror } from "../src/grow/terminal/screen/mirror.ts";
import { benchEnv } from "./scene.ts";

const [, , folder = "", program = "", ...args] = process.argv;
const env = benchEnv(folder);
const outer = outerTerminal(process, env);
if (outer === undefined) throw new Error("there is no terminal here");
const size = outer.size();
const start = await startPty([program, ...args], { cwd: folder, env, size });
if (start.kind !== "started") throw new Error(start.why);
const { pty } = start;
const raw = new CappedFile(`${folder}/terminal.raw`);
const mirror = await createMirror(size);
const tell = () => undefined;
const owned = new OwnedTerminal({ pty, mirror, size, raw, clock: systemClock, tell });
const leave = joinOuter(owned, outer);
const ending = await pty.ended;
owned.end();
leave();
process.exit(ending.kind === "exited" ? ending.code : 1);
