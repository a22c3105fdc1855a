/** The gate of a replay: every file changed since the base has to be sound. `gate.ts BASE`. */
import { lstatSync, readFileSync } from "node:fs";
import { findFault } from "./fault.ts";
import { gitIn } from "./git.ts";

const [base = "HEAD"] = process.argv.slice(2);
const changed = gitIn(process.cwd()).fields("diff", "--name-only", "--diff-filter=d", "-z", base);
const faults = changed
  .filter((path) => lstatSync(path).isFile())
  .flatMap((path) => findFault(path, readFileSync(path, "utf8")) ?? []);
for (const fault of faults) console.error(fault);
console.log(`${changed.length} files looked at, ${faults.length} with a fault`);
process.exitCode = faults.length === 0 ? 0 : 1;
