import { execFileSync } from "node:child_process";

/** The end-to-end tests run what users run: the built program. Built once for each run of the suite. */
export function setup(): void {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
}
