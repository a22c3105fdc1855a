import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testEnv } from "../support/env.ts";
import { launcher } from "../support/places.ts";
import { commitFiles, git, writeFiles } from "../support/repo.ts";
import { scratch } from "../support/scratch.ts";

/*
 * A project whose tests need node_modules, made from tarballs that lie in it: no network. Two
 * tracks each add a dependency beside neighbours that add none.
 */

const install = "--offline --no-audit --no-fund";

const config = `agent = "scripted"
workers = 3

[soft]
"package-lock.json" = "npm install --package-lock-only ${install}"

[worktrees]
setup = ["npm ci ${install}"]
setup_inputs = ["package-lock.json"]

[land]
gate = "node --test"
`;

/** Cuts both before either lands: each waits until the other is there, and not for ever. */
const meet = (folder: string): string =>
  `: > ${folder}/$PLEACH_TRACK; n=0; until [ $(ls ${folder} | wc -l) -ge 2 ]; do n=$((n + 1)); [ $n -lt 300 ] || exit 1; sleep 0.1; done`;

const usingIt = (name: string): string => `write test/${name}.test.js <<END
  import assert from "node:assert/strict";
  import { test } from "node:test";
  import { name } from "${name}";

  test("${name} is installed", () => assert.equal(name, "${name}"));
  END
  run node --test`;

const backlog = (meeting: string): string => `# Work

- [ ] Use beta  id:T1 touches:test/beta.test.js,package-lock.json est:30m priority:9
  \`\`\`pleach
  run ${meet(meeting)}
  run npm install ${install} ./vendor/beta-1.0.0.tgz
  ${usingIt("beta")}
  commit Use beta
  \`\`\`
- [ ] Use gamma for development  id:T2 touches:test/gamma.test.js,package-lock.json est:30m priority:9
  \`\`\`pleach
  run ${meet(meeting)}
  run npm install --save-dev ${install} ./vendor/gamma-1.0.0.tgz
  ${usingIt("gamma")}
  commit Use gamma
  \`\`\`
- [ ] Say what it is  id:T3 touches:README.md est:30m
  \`\`\`pleach
  append README.md <<END
  It is a project.
  END
  run node --test
  commit Say what it is
  \`\`\`
- [ ] Look at beta once more  id:T4 after:T1 touches:test/again.test.js est:30m
  \`\`\`pleach
  write test/again.test.js <<END
  import assert from "node:assert/strict";
  import { test } from "node:test";
  import * as beta from "beta";

  test("beta has one name", () => assert.deepEqual(Object.keys(beta), ["name"]));
  END
  run node --test
  commit Look at beta once more
  \`\`\`
`;

test("each worktree has its own node_modules, and two tracks that change the lockfile both land", () => {
  const folder = scratch();
  const env = { ...testEnv(), HOME: join(folder, "home") };
  const project = projectIn(folder, env);
  const ran = spawnSync(process.execPath, [launcher, "run", "--yes", "--json"], {
    cwd: project,
    env,
    encoding: "utf8",
  });
  const events = ran.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events.at(-1)).toMatchObject({ type: "run.finished", notLanded: [] });
  expect(ran.status).toBe(0);
  // No track was handed back: a lockfile is made anew, not merged.
  expect(events.filter(({ type }) => type === "track.handed-back")).toEqual([]);
  const subjects = git(project, "log", "--format=%s").split("\n");
  expect(subjects).toContain("Regenerate package-lock.json");
  expect(git(project, "status", "--porcelain")).toBe("");
  expect(existsSync(join(project, "node_modules"))).toBe(false);
  const lock = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8"));
  expect(Object.keys(lock.packages)).toEqual(
    expect.arrayContaining(["node_modules/alpha", "node_modules/beta", "node_modules/gamma"]),
  );
  expect(lock.packages[""]).toMatchObject({
    dependencies: { alpha: expect.anything(), beta: expect.anything() },
    devDependencies: { gamma: expect.anything() },
  });
  // The landed project installs and passes from scratch.
  execFileSync("npm", ["ci", ...install.split(" ")], { cwd: project, env });
  execFileSync("node", ["--test"], { cwd: project, env: withoutTestRunner(env) });
});

function projectIn(folder: string, env: NodeJS.ProcessEnv): string {
  const project = join(folder, "project");
  mkdirSync(join(folder, "home"));
  mkdirSync(join(folder, "meeting"));
  mkdirSync(join(project, "vendor"), { recursive: true });
  for (const name of ["alpha", "beta", "gamma", "zeta"]) {
    writeFiles(join(folder, "package"), {
      "package.json": JSON.stringify({ name, version: "1.0.0", type: "module", exports: "./i.js" }),
      "i.js": `export const name = "${name}";\n`,
    });
    const tarball = join(project, "vendor", `${name}-1.0.0.tgz`);
    execFileSync("tar", ["-czf", tarball, "package"], { cwd: folder });
  }
  const manifest = {
    name: "project",
    version: "1.0.0",
    // Far enough from each other that adding to one does not meet adding to the other.
    devDependencies: { zeta: "file:vendor/zeta-1.0.0.tgz" },
    type: "module",
    private: true,
    dependencies: { alpha: "file:vendor/alpha-1.0.0.tgz" },
  };
  writeFiles(project, {
    ".gitignore": "node_modules/\n",
    "README.md": "# Project\n",
    "package.json": `${JSON.stringify(manifest, null, 2)}\n`,
    "test/alpha.test.js": `import { name } from "alpha";\n\nif (name !== "alpha") throw new Error(name);\n`,
    "TASKS.md": backlog(join(folder, "meeting")),
    "pleach.toml": config,
  });
  const args = ["install", "--package-lock-only", ...install.split(" ")];
  execFileSync("npm", args, { cwd: project, env });
  git(project, "init", "--quiet", "--initial-branch=main");
  git(project, "config", "user.name", "Test");
  git(project, "config", "user.email", "test@example.invalid");
  commitFiles(project, {}, "First");
  return project;
}

/** Hides the outer test runner: a `node --test` inside of one says nothing of its own. */
function withoutTestRunner(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, NODE_TEST_CONTEXT: undefined };
}
