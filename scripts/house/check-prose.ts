/**
 * `node scripts/house/check-prose.ts`, a part of `npm run lint`: fails when more than one comment in a
 * hundred begins with a word that names nothing, and says where those comments are.
 */
import { globSync, readFileSync } from "node:fs";
import { opaqueIn } from "./prose.ts";

/** The share of comments that may begin with an opaque word: quotations, and the odd good reason. */
const mostShare = 0.01;

for (const top of ["src", "test", "bench", "scripts"]) {
  const sources = globSync(`${top}/**/*.ts`).map((path) => ({
    path,
    text: readFileSync(path, "utf8"),
  }));
  const { comments, opaque } = opaqueIn(sources);
  if (opaque.length <= comments * mostShare) continue;
  process.stderr.write(`${opaque.length} of ${comments} comments in ${top}/ name nothing first:\n`);
  for (const { path, line, text } of opaque) {
    process.stderr.write(`  ${path}:${line} ${text.slice(0, 80)}\n`);
  }
  process.stderr.write("hint: begin with the verb of a function, or with the noun of a type\n");
  process.exitCode = 1;
}
