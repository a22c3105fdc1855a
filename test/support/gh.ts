import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { git } from "./repo.ts";

/** A pull request as the recorded forge keeps it. */
export interface FakeRequest {
  readonly number: number;
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly state: "OPEN" | "MERGED" | "CLOSED";
}

/** A forge of our own: a real bare remote, and a recorded `gh` that answers for it. */
export interface Forge {
  /** PATH with that `gh` in front. */
  readonly path: string;
  readonly remote: string;
  readonly requests: () => readonly FakeRequest[];
  /** The arguments `gh` was called with, in order. */
  readonly calls: () => readonly (readonly string[])[];
  /** Merges as a forge does, into the bare remote. */
  readonly merge: (number: number, how: "merge" | "squash") => void;
  readonly close: (number: number) => void;
}

/** A `gh` that answers as gh 2 does to the requests made here; anything else is an error. */
const recorded = `#!/usr/bin/env node
const { appendFileSync, readFileSync, writeFileSync } = require("node:fs");
const file = __dirname + "/requests.json";
const args = process.argv.slice(2);
appendFileSync(__dirname + "/calls.ndjson", JSON.stringify(args) + "\\n");
const requests = JSON.parse(readFileSync(file, "utf8"));
const option = (name) => args[args.indexOf(name) + 1];
const shown = ({ number, state, base }) =>
  ({ number, url: "https://forge.example/pull/" + number, state, baseRefName: base });
const find = () => requests.find(({ number }) => String(number) === args[2]);
const verb = args.slice(0, 2).join(" ");
if (verb === "auth status") process.exit(0);
else if (verb === "pr list") {
  const open = requests.filter(({ head, state }) => head === option("--head") && state === "OPEN");
  console.log(JSON.stringify(open.map(shown)));
} else if (verb === "pr create") {
  const body = readFileSync(0, "utf8");
  const number = requests.length + 1;
  requests.push({ number, head: option("--head"), base: option("--base"), title: option("--title"), body, state: "OPEN" });
  writeFileSync(file, JSON.stringify(requests));
  console.log("https://forge.example/pull/" + number);
} else if (verb === "pr view") console.log(JSON.stringify(shown(find())));
else if (verb === "pr edit") {
  find().base = option("--base");
  writeFileSync(file, JSON.stringify(requests));
} else {
  console.error("unknown command " + verb);
  process.exit(1);
}
`;

/** Gives a repository a bare remote that its `main` follows, and a `gh`. */
export function forgeOf(top: string): Forge {
  const folder = join(top, "../forge");
  const remote = join(folder, "remote.git");
  mkdirSync(join(folder, "bin"), { recursive: true });
  git(top, "clone", "--quiet", "--bare", top, remote);
  git(top, "remote", "add", "origin", remote);
  git(top, "fetch", "--quiet", "origin");
  git(top, "branch", "--quiet", "--set-upstream-to=origin/main", "main");
  const [program, file, calls] = ["gh", "requests.json", "calls.ndjson"].map((name) =>
    join(folder, "bin", name),
  ) as [string, string, string];
  writeFileSync(program, recorded);
  chmodSync(program, 0o755);
  writeFileSync(file, "[]");
  const requests = () => JSON.parse(readFileSync(file, "utf8")) as readonly FakeRequest[];
  const settle = (number: number, state: FakeRequest["state"]): FakeRequest => {
    const all = requests().map((one) => (one.number === number ? { ...one, state } : one));
    writeFileSync(file, JSON.stringify(all));
    return all.find((one) => one.number === number) as FakeRequest;
  };
  return {
    ...{ remote, requests },
    path: [join(folder, "bin"), process.env["PATH"] ?? ""].join(delimiter),
    calls: () =>
      existsSync(calls)
        ? readFileSync(calls, "utf8")
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line))
        : [],
    merge: (number, how) => {
      const { head, base, title } = settle(number, "MERGED");
      const clone = join(folder, `merge-${number}`);
      git(folder, "clone", "--quiet", "--branch", base, remote, clone);
      if (how === "squash") {
        git(clone, "merge", "--quiet", "--squash", `origin/${head}`);
        git(clone, "commit", "--quiet", "--message", title);
      } else {
        git(clone, "merge", "--quiet", "--no-ff", "--message", title, `origin/${head}`);
      }
      git(clone, "push", "--quiet", "origin", base);
    },
    close: (number) => void settle(number, "CLOSED"),
  };
}
