import type { Config } from "../../../ground/config/config.ts";
import { ExitCode } from "../../../ground/errors.ts";
import { type Ground, openGround } from "../../../ground/ground.ts";
import { plainLine } from "../../../ground/text.ts";
import { type TargetOptions, targetCheck } from "../../../verbs/doctor/target-check.ts";
import { type InitOutcome, initialise, uninstall } from "../../../verbs/init/init.ts";
import { flag, noTryFlag, verb } from "../verb.ts";

export const initVerb = verb({
  args: {},
  options: {
    uninstall: flag("--uninstall", "take the merge driver out again"),
    noTry: noTryFlag,
  },
  details: `It writes pleach.toml, unless there is one, and wires the merge driver of the task file into
.git/config and .git/info/attributes; nothing tracked is changed. Then it tries setup and gate on the
target's tip, in a worktree of their own. Running it again repairs.`,
  examples: [
    ["pleach init", "make this repository ready"],
    ["pleach init --uninstall", "undo the wiring; pleach.toml and all work stay"],
  ],
  run: async (context, _, options) => {
    const { invocation, out } = context;
    const ground = await openGround(invocation);
    if (options.uninstall) {
      const was = await uninstall(ground);
      out.line(was ? "the merge driver is no longer wired" : "the merge driver was not wired");
      return ExitCode.ok;
    }
    const outcome = await initialise(ground);
    for (const line of report(outcome)) out.line(line);
    out.line();
    const signal = context.interruption();
    const onNote = (text: string): void => out.line(text);
    const tried = await tryTarget(ground, outcome.config, {
      tries: !options.noTry,
      signal,
      onNote,
    });
    for (const line of tried) out.line(line);
    if (signal.aborted) return ExitCode.interrupted;
    return ExitCode.ok;
  },
});

/** Tries setup and gate on the target as it is, before any work grows on it. */
async function tryTarget(
  ground: Ground,
  config: Config,
  options: TargetOptions,
): Promise<readonly string[]> {
  const check = await targetCheck(ground, config, options);
  return [check.detail, ...("hint" in check ? [`hint: ${check.hint}`] : [])].map(plainLine);
}

function report({ config, wrote, wired }: InitOutcome): readonly string[] {
  const driver = wired ? "the merge driver is wired" : "the merge driver was wired already";
  const said = wrote ? `wrote pleach.toml (${found(config)})` : "pleach.toml is kept as it is";
  const commit = "git add pleach.toml && git commit -m 'Configure pleach'";
  return [
    `${said}; ${driver}`,
    "",
    config.source.kind === "uncommitted"
      ? `1. read pleach.toml, then commit it: ${commit}`
      : "1. read pleach.toml; it counts as it is on the target branch",
    `2. write tasks into ${config.tasks}, for example: - [ ] Rotate refresh tokens  touches:src/auth/** est:30m`,
    "3. see who may run with whom:  pleach plan",
    "4. grow and land them:         pleach run",
    "5. if something looks wrong:   pleach doctor",
  ];
}

function found({ land, agents }: Config): string {
  const gate = land.gate[0]?.command;
  const names = [...agents.keys()];
  return [
    gate === undefined ? "no gate found: set one under [land]" : `gate: ${gate}`,
    names.length === 0 ? "no agent found on PATH" : `agents: ${names.join(", ")}`,
  ].join("; ");
}
