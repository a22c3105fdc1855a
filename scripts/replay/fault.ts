import { spawnSync } from "node:child_process";
import { basename } from "node:path";
import { Script } from "node:vm";

/** Finds a fault of a file, in words; undefined when there is none. Nothing of the file is run. */
export function findFault(path: string, text: string): string | undefined {
  if (/^(?:<{7}|>{7}) /m.test(text)) return `${path} has conflict markers`;
  if (/\.[cm]?js$/.test(path) && !parses(text)) return `${path} does not parse`;
  if (basename(path) === "package.json" && !isJson(text)) return `${path} is not JSON`;
  return undefined;
}

function parses(text: string): boolean {
  const body = text.replace(/^#!.*/, "");
  try {
    new Script(`(async function () {${body}\n})`);
    return true;
  } catch {
    // The file is no script; it may be a module, which only Node itself can tell.
    const args = ["--check", "--input-type=module", "-"];
    return spawnSync(process.execPath, args, { input: body }).status === 0;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
