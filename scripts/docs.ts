import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generatedDocs } from "./generated-docs.ts";

const root = join(import.meta.dirname, "..");
const docs = await generatedDocs();
for (const [path, text] of docs) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
for (const name of readdirSync(join(root, "docs/commands"))) {
  if (!docs.has(`docs/commands/${name}`)) rmSync(join(root, "docs/commands", name));
}
