/*
 * The language of the scripted agent. A prompt may hold fenced blocks with the info string `pleach`;
 * each line of a block is a step:
 *
 *     say TEXT                 print it
 *     sleep 2s                 as if thinking
 *     run COMMAND              a shell line, in the worktree; a failure ends the script
 *     commit MESSAGE           all that has changed
 *     write PATH <<END         the lines up to END become the file
 *     append PATH <<END        … are added at its end
 *     edit PATH <<END          … up to a line of three dashes are replaced by those after it
 *
 * A block with `attempt=2` in its info string is played when the track is worked on for the second
 * time, after a hand-back or a reminder; a block without is played the first time.
 */

export type Step =
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "sleep"; readonly ms: number }
  | { readonly kind: "run"; readonly command: string }
  | { readonly kind: "commit"; readonly message: string }
  | { readonly kind: "write"; readonly path: string; readonly content: string }
  | { readonly kind: "append"; readonly path: string; readonly content: string }
  | {
      readonly kind: "edit";
      readonly path: string;
      readonly before: string;
      readonly after: string;
    };

const fence = /^(?<indent>[ \t]*)(?<ticks>`{3,})pleach(?<info>[^\n`]*)$/;

/**
 * Reads the steps for an attempt, from all blocks of a prompt, in order. Pure.
 * @throws Error that names the line which is no step
 */
export function parseScript(prompt: string, attempt: number): readonly Step[] {
  return blocks(prompt.split(/\r?\n/))
    .filter((block) => block.attempt === attempt)
    .flatMap((block) => parseSteps(block.lines));
}

interface Block {
  readonly attempt: number;
  readonly lines: readonly string[];
}

function blocks(lines: readonly string[]): readonly Block[] {
  const found: Block[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const groups = fence.exec(lines[at] ?? "")?.groups;
    if (groups === undefined) continue;
    const { indent = "", ticks = "", info = "" } = groups;
    const body: string[] = [];
    for (at += 1; at < lines.length && lines[at]?.trim() !== ticks; at += 1) {
      body.push(undent(lines[at] ?? "", indent));
    }
    found.push({ attempt: Number(/attempt=(\d+)/.exec(info)?.[1] ?? 1), lines: body });
  }
  return found;
}

const undent = (line: string, indent: string): string =>
  line.startsWith(indent) ? line.slice(indent.length) : line.trimStart();

function parseSteps(lines: readonly string[]): readonly Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = (lines[at] ?? "").trim();
    if (line === "" || line.startsWith("#")) continue;
    const here = /^(write|append|edit) (\S+) <<(\w+)$/.exec(line);
    if (here === null) {
      steps.push(parseLine(line));
      continue;
    }
    const [, kind = "", path = "", end = ""] = here;
    const body: string[] = [];
    for (at += 1; at < lines.length && lines[at] !== end; at += 1) body.push(lines[at] ?? "");
    steps.push(parseFileStep(kind, path, body));
  }
  return steps;
}

function parseLine(line: string): Step {
  const [, verb, rest = ""] = /^(\w+)(?: (.*))?$/.exec(line) ?? [];
  switch (verb) {
    case "say":
      return { kind: "say", text: rest };
    case "run":
      return { kind: "run", command: rest };
    case "commit":
      return { kind: "commit", message: rest };
    case "sleep":
      return { kind: "sleep", ms: parseSleep(rest) };
    default:
      throw new Error(`no step of a script: ${JSON.stringify(line)}`);
  }
}

function parseSleep(text: string): number {
  const [, figure, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text) ?? [];
  if (figure === undefined) throw new Error(`sleep takes 500ms or 2s, not ${JSON.stringify(text)}`);
  return Number(figure) * (unit === "s" ? 1_000 : 1);
}

function parseFileStep(kind: string, path: string, body: readonly string[]): Step {
  const content = joined(body);
  if (kind === "write" || kind === "append") return { kind, path, content };
  const divider = body.indexOf("---");
  if (divider < 0) throw new Error(`edit ${path} needs a line of three dashes`);
  const before = joined(body.slice(0, divider));
  return { kind: "edit", path, before, after: joined(body.slice(divider + 1)) };
}

const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");
