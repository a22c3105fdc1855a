import { expect, test } from "vitest";
import { parseBacklog } from "../../src/backlog/parse.ts";
import { asBranchName, parseSha, parseTrackName } from "../../src/ground/ids.ts";
import { findMeantTasks, findTracks } from "../../src/run/named.ts";
import { type Track, type TrackState, transition } from "../../src/track/track.ts";

const sha = parseSha("0".repeat(40));
const { tasks } = parseBacklog(
  "- [ ] Write tests for the parser id:T1\n- [ ] Write docs\n- [ ] Rotate keys id:audit\n",
  "TASKS.md",
);

function track(name: string, at: TrackState, ...lines: readonly number[]): Track {
  const seed = {
    ...{ name: parseTrackName(name), branch: asBranchName(`work/${name}`), worktree: `/t/${name}` },
    ...{ base: sha, target: asBranchName("main"), footprint: [], agent: "fixture", prompt: "" },
    ...({ mode: "stream", host: "headless", permissions: "ask" } as const),
    tasks: tasks.filter(({ line }) => lines.includes(line)),
  };
  return { ...transition(undefined, { type: "track.planned", seed }, 1), at };
}

const tracks = [
  track("audit", { state: "landed", commit: sha }),
  track("auth", { state: "growing" }, 1),
  track("docs", { state: "ready", tip: sha }, 2),
  track("docs-2", { state: "ready", tip: sha }),
];

test.each([
  ["its name, where another begins so", "docs", ["docs"]],
  ["the beginning of its name, before one that is over", "au", ["auth"]],
  ["a name that is over, in full", "audit", ["audit"]],
  ["the id of a task of it", "T1", ["auth"]],
  ["the line of a task of it", "2", ["docs"]],
  ["the words of a task of it", "Write tests for the parser", ["auth"]],
  ["what several begin with", "doc", ["docs", "docs-2"]],
  ["words that only read alike", "tests for the parser", []],
  ["a task in no track", "3", []],
])("a track goes by %s", (_, reference, expected) => {
  expect(findTracks(reference, tracks, tasks)).toEqual(expected);
});

test("tasks are found by a track of the plan, unless a task itself has that name", () => {
  const planned = [
    { name: "audit", tasks: tasks.slice(0, 1).map(({ id }) => id) },
    { name: "write", tasks: tasks.slice(0, 2).map(({ id }) => id) },
  ];
  const meant = (reference: string) => findMeantTasks(reference, tasks, () => planned);
  expect(meant("audit")).toEqual({ kind: "tasks", ids: ["audit"] });
  expect(meant("write")).toEqual({ kind: "tasks", ids: planned[1]?.tasks });
  expect(meant("wri")).toEqual({ kind: "several", candidates: ["T1", tasks[1]?.id] });
  expect(meant("3")).toEqual({ kind: "tasks", ids: ["audit"] });
  expect(meant("xyzzy")).toEqual({ kind: "none" });
});
