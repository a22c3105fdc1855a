import { z } from "zod";
import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import { asBranchName, type BranchName } from "../ground/ids.ts";
import { findProgram } from "../ground/proc/path.ts";
import { describeEnding, type RunResult, run, succeeded } from "../ground/proc/run.ts";
import { plainLine } from "../ground/text.ts";
import type { ForgeSaid } from "./request.ts";

const timeoutMs = 60_000;

const foundSchema = z.object({
  number: z.number().int(),
  url: z.string(),
  state: z.enum(["OPEN", "MERGED", "CLOSED"]),
  baseRefName: z.string(),
});
const fields = "number,url,state,baseRefName";

export type FoundRequest = { readonly number: number; readonly url: string } & ForgeSaid;

/** GitHub through its own program, with the user's login; the program never prompts. */
export class Gh {
  readonly #ground: Ground;
  readonly #program: string;

  constructor(ground: Ground, program: string) {
    this.#ground = ground;
    this.#program = program;
  }

  /**
   * Finds the open request of a branch; after a kill a request may be there that was not recorded.
   */
  async findOpen(head: BranchName): Promise<FoundRequest | undefined> {
    const args = ["pr", "list", "--head", head, "--state", "open", "--limit", "1"];
    const text = await this.#text([...args, "--json", fields]);
    const [found] = parsed(z.array(foundSchema), text);
    return found === undefined ? undefined : seen(found);
  }

  async open(request: {
    readonly head: BranchName;
    readonly base: BranchName;
    readonly title: string;
    readonly body: string;
  }): Promise<FoundRequest> {
    const { head, base, title, body } = request;
    const args = ["pr", "create", "--head", head, "--base", base, "--title", title];
    await this.#text([...args, "--body-file", "-"], body);
    const found = await this.findOpen(head);
    if (found !== undefined) return found;
    throw failed(`the pull request for ${head} was created, and is not there`);
  }

  async look(number: number): Promise<FoundRequest> {
    const text = await this.#text(["pr", "view", String(number), "--json", fields]);
    return seen(parsed(foundSchema, text));
  }

  async retarget(number: number, base: BranchName): Promise<void> {
    await this.#text(["pr", "edit", String(number), "--base", base]);
  }

  async #text(args: readonly string[], input?: string): Promise<string> {
    const { env, repo } = this.#ground;
    const result = await run([this.#program, ...args], {
      cwd: repo.mainTop,
      env: { ...env, GH_PROMPT_DISABLED: "1", GH_NO_UPDATE_NOTIFIER: "1", NO_COLOR: "1" },
      timeoutMs,
      ...(input === undefined ? {} : { input }),
    });
    if (!succeeded(result)) throw refusalOf(args, result);
    return result.stdout.toString();
  }
}

/**
 * Finds the user's `gh`, logged in.
 * @throws PleachError `gh/missing`, `gh/login` (exit 4)
 */
export async function requireGh(ground: Ground): Promise<Gh> {
  const { env, repo } = ground;
  const program = findProgram("gh", env, repo.mainTop);
  if (program === undefined) {
    throw new PleachError({
      code: "gh/missing",
      message: "pull requests are opened through GitHub's own program, and there is no gh on PATH",
      hint: "install it (https://cli.github.com), then: gh auth login",
      exitCode: ExitCode.prerequisite,
    });
  }
  const asked = await run([program, "auth", "status"], {
    ...{ cwd: repo.mainTop, timeoutMs },
    env: { ...env, GH_PROMPT_DISABLED: "1", NO_COLOR: "1" },
  });
  if (succeeded(asked)) return new Gh(ground, program);
  throw new PleachError({
    code: "gh/login",
    message: `gh is not logged in: ${lastLine(asked) || describeEnding(asked.ending)}`,
    hint: "gh auth login",
    exitCode: ExitCode.prerequisite,
  });
}

function seen({ number, url, state, baseRefName }: z.infer<typeof foundSchema>): FoundRequest {
  switch (state) {
    case "OPEN":
      return { number, url, state: "open", base: asBranchName(baseRefName) };
    case "MERGED":
      return { number, url, state: "merged" };
    case "CLOSED":
      return { number, url, state: "closed" };
  }
}

function parsed<Value>(schema: z.ZodType<Value>, text: string): Value {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw failed(`gh answered what is no pull request: ${plainLine(text).slice(0, 120)}`);
  }
}

const lastLine = ({ stderr }: RunResult): string =>
  plainLine(stderr.toString().trim().split("\n").at(-1) ?? "").slice(0, 300);

function refusalOf(args: readonly string[], result: RunResult): PleachError {
  const why = lastLine(result) || describeEnding(result.ending);
  return failed(`gh ${args.slice(0, 2).join(" ")} failed: ${why}`);
}

function failed(message: string): PleachError {
  return new PleachError({
    code: "gh/failed",
    message,
    hint: "gh pr status shows where they stand; pleach land --pr goes on",
    exitCode: ExitCode.failed,
  });
}
