import { ExitCode, PleachError } from "../../../ground/errors.ts";
import { followScans } from "../../../radar/follow.ts";
import { keepScan, rivalsAmong, withoutRivals } from "../../../radar/foreign.ts";
import { openRadar, scanOnce } from "../../../radar/open.ts";
import { formatScan, type Scan, type Subject } from "../../../radar/scan.ts";
import { allSubjects, trackSubjects } from "../../../radar/subjects.ts";
import { whoTouched } from "../../../run/plan/touched.ts";
import { allTracks } from "../../../track/track-store.ts";
import { openProject, type Project } from "../../../verbs/project.ts";
import { formatRadar, formatTouched } from "../../../watch/radar.ts";
import { callerOf } from "../caller.ts";
import { type Context, flag, many, verb } from "../verb.ts";

export const radarVerb = verb({
  args: { paths: many("path", "who has touched these files and folders, instead of the matrix") },
  options: {
    follow: flag("-f, --follow", "go on, and show what changes, until Ctrl-C"),
    all: flag("-a, --all", "every worktree and local branch, not only tracks"),
    json: flag("--json", "print one JSON document (docs/schema); with -f one a line"),
  },
  details: `Each is merged with the target first, uncommitted and untracked files included, then all
pair by pair, in scratch objects: no worktree, index or branch is touched. In the matrix a number
says in how many paths two conflict, r that only one of the two is to land (a race), ~ that the landing settles it (soft paths), b that they merge
and may break each other (one changes a name, file or command that new lines of the other use; told
from the lines alone), and ? that it cannot be told, because one of them conflicts with the target
already. --all needs no tracks and no pleach.toml. With paths: which tracks have changed them,
committed or not, also where nothing conflicts yet; with --all which worktrees and branches.`,
  examples: [
    ["pleach radar", "who conflicts with whom among the live tracks"],
    ["pleach radar --all -f", "the same for any worktrees and branches, as they change"],
    ["pleach radar src/auth", "who has touched this folder; --all: not only tracks"],
    ["pleach radar --json | jq '.pairs[].tracks'", "the pairs that conflict, for a script"],
  ],
  run: async (context, { paths }, { follow, all, json }) => {
    const { out } = context;
    const project = await openProject(context.invocation, callerOf(context.out));
    const { ground, config } = project;
    if (paths.length > 0) {
      if (follow) throw noFollowing();
      const found = await whoTouched(ground, config, { paths, all });
      if (json) out.document({ paths: found });
      else for (const line of formatTouched(found, { all })) out.line(line);
      return ExitCode.ok;
    }
    const subjects = async () => await subjectsOf(project, all);
    if (follow) return await followRadar(context, project, { subjects, json });
    const now = await subjects();
    if (!json && now.length === 0) {
      out.note("nothing is growing; `pleach radar --all` looks at all worktrees and branches");
      return ExitCode.ok;
    }
    const tracks = allTracks(ground.store);
    const scan = withoutRivals(await scanOnce(ground, config, now), tracks);
    if (!all) await keepScan(ground, scan, tracks);
    if (json) out.document(formatScan(scan));
    else for (const line of formatRadar(scan, out.paper, rivalsAmong(tracks))) out.line(line);
    return ExitCode.ok;
  },
});

interface Followed {
  readonly subjects: () => Promise<readonly Subject[]>;
  readonly json: boolean;
}

async function followRadar(
  { out, interruption }: Context,
  { ground, config }: Project,
  { subjects, json }: Followed,
): Promise<ExitCode> {
  const seer = openRadar(ground, config);
  const show = (seen: Scan): void => {
    const tracks = allTracks(ground.store);
    const scan = withoutRivals(seen, tracks);
    const lines = json ? [] : formatRadar(scan, out.paper, rivalsAmong(tracks));
    if (json) out.record({ schema: 1, ...formatScan(scan) });
    else if (out.terminal.stdout) out.live(lines);
    else for (const line of [...lines, ""]) out.line(line);
  };
  try {
    const signal = interruption();
    const { git, clock, repo } = ground;
    const { commonDir } = repo;
    await followScans(seer, { subjects, show, signal, git, commonDir, clock });
    return ExitCode.interrupted;
  } finally {
    seer.close();
  }
}

function noFollowing(): PleachError {
  return new PleachError({
    code: "usage/together",
    message: "who has touched a path is told once; -f follows the matrix",
    hint: "pleach radar -f, or pleach radar PATH…",
    exitCode: ExitCode.usage,
  });
}

async function subjectsOf({ ground, config }: Project, all: boolean): Promise<readonly Subject[]> {
  const tracks = allTracks(ground.store);
  return all ? await allSubjects(ground.git, config.target, tracks) : trackSubjects(tracks);
}
