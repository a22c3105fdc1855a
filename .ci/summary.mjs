// Reads vitest's JSON reports of a folder (first.json, and again.json of the files that failed in it),
// prints the runner's own summary, and fails unless every test has passed in the end.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [, , folder, what] = process.argv;
const report = (name) => {
  const file = join(folder, `${name}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
};
const first = report("first");
const failed = first?.testResults.filter(({ status }) => status === "failed") ?? [];
if (what === "--failed-files") {
  for (const { name } of failed) console.log(name);
} else if (first === undefined) {
  console.log("tests: the runner left no report");
  const log = readFileSync(join(folder, "first.log"), "utf8");
  for (const file of readdirSync("test", { recursive: true })) {
    const runs = file.endsWith(".test.ts") && !file.startsWith("agents-real");
    if (runs && !log.includes(`test/${file}`)) console.log(`did not end: test/${file}`);
  }
  process.exitCode = 1;
} else {
  const again = report("again");
  const flaky = again?.success === true;
  for (const { name, assertionResults } of flaky ? failed : []) {
    const names = assertionResults.filter(({ status }) => status === "failed");
    for (const { fullName } of names) console.log(`flaky (failed, then passed alone): ${fullName}`);
    if (names.length === 0) console.log(`flaky (failed, then passed alone): ${name}`);
  }
  const { numPassedTests, numFailedTests, numPendingTests, success } = first;
  const passed = numPassedTests + (flaky ? numFailedTests : 0);
  const red = flaky ? 0 : numFailedTests;
  console.log(`tests: ${passed} passed, ${red} failed, ${numPendingTests} skipped`);
  process.exitCode = success || flaky ? 0 : 1;
}
