import { requireAgent } from "../agents/known.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { parseRaceName, slug } from "../ground/ids.ts";
import { parseEntrants } from "../race/race.ts";
import { recoverAll } from "../run/recover.ts";
import type { Caller } from "./caller.ts";
import { consentTo, type Project } from "./project.ts";
import { startRace } from "./start-race.ts";

export interface RaceRequest {
  /** The entrants as a person writes them (`claude:2,codex`); undefined: the usual agent, twice. */
  readonly agents: string | undefined;
  readonly name: string | undefined;
  readonly base: string | undefined;
  readonly tasks: readonly string[];
  /** The work to be done, read once there is consent. */
  readonly prompt: () => string | undefined;
  readonly yes: boolean;
}

/**
 * Lets several agents attempt the same work from the same commit.
 * @throws PleachError `race/nothing` (usage), and what consent and agents throw
 */
export async function startRaceByHand(
  project: Project,
  request: RaceRequest,
  caller: Caller,
): ReturnType<typeof startRace> {
  const { ground, config } = project;
  if (request.agents === undefined) requireAgent(config, config.agent);
  const entrants = parseEntrants(request.agents ?? twice(config.agent));
  await consentTo(project, caller, { yes: request.yes });
  await recoverAll(ground, config);
  const prompt = request.prompt();
  const { tasks, base } = request;
  if (prompt === undefined && tasks.length === 0) throw nothingToDo();
  const name = parseRaceName(request.name ?? slug(tasks[0] ?? prompt ?? "", 24));
  const wish = { name, prompt, tasks, agents: entrants, base };
  return await startRace(ground, config, wish, () =>
    caller.note(`making ${entrants.length} worktrees …`),
  );
}

/** The entrants of a race for which none were named: the usual agent, twice. */
const twice = (agent: string | undefined): string => (agent === undefined ? "" : `${agent}:2`);

function nothingToDo(): PleachError {
  return new PleachError({
    code: "race/nothing",
    message: "the race has nothing to do",
    hint: 'say what: pleach race "…" --agent claude:2, or --task ID',
    exitCode: ExitCode.usage,
  });
}
