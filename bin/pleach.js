#!/usr/bin/env node
// Plain JavaScript that every Node since 12 can read: its first duty is to refuse an old one in words.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `error: pleach needs Node 22.19 or newer, and this is ${process.versions.node}\n` +
      "hint: install a current Node, or in a checkout of pleach run it as `npx node bin/pleach.js`\n",
  );
  process.exit(4);
}
const { enableCompileCache } = await import("node:module");
enableCompileCache();
await import("../dist/main.js");
