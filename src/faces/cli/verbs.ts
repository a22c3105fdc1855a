import type { ListedVerb } from "./listed-verb.ts";

/** Every verb there is, in the order of `--help`. A new one is a file in `commands/` and a line here. */
export const verbs: readonly ListedVerb[] = [
  {
    name: "init",
    summary: "Make this repository ready: write pleach.toml and wire the merge driver",
    load: async () => (await import("./commands/init.ts")).initVerb,
  },
  {
    name: "plan",
    summary: "Show which tasks may run side by side, and whether they should",
    load: async () => (await import("./commands/plan.ts")).planVerb,
  },
  {
    name: "run",
    summary: "Work through the backlog: start, watch and land, until all is done",
    load: async () => (await import("./commands/run.ts")).runVerb,
  },
  {
    name: "start",
    summary: "Start one track by hand, or go on with one that stands still",
    load: async () => (await import("./commands/start.ts")).startVerb,
  },
  {
    name: "retry",
    summary: "Let the work of a track be done again, with a word about what was wrong",
    load: async () => (await import("./commands/retry.ts")).retryVerb,
  },
  {
    name: "ls",
    summary: "List what is growing",
    load: async () => (await import("./commands/ls.ts")).lsVerb,
  },
  {
    name: "status",
    summary: "Show where a track stands, and why",
    load: async () => (await import("./commands/status.ts")).statusVerb,
  },
  {
    name: "logs",
    summary: "Print what an agent printed",
    load: async () => (await import("./commands/logs.ts")).logsVerb,
  },
  {
    name: "attach",
    summary: "Go to the terminal of a worker",
    load: async () => (await import("./commands/attach.ts")).attachVerb,
  },
  {
    name: "attention",
    summary: "Show who waits for you, and what to type",
    load: async () => (await import("./commands/attention.ts")).attentionVerb,
  },
  {
    name: "answer",
    summary: "Answer a permission or a question of a worker",
    load: async () => (await import("./commands/answer.ts")).answerVerb,
  },
  {
    name: "tell",
    summary: "Say something to a worker, or to all",
    load: async () => (await import("./commands/tell.ts")).tellVerb,
  },
  {
    name: "inbox",
    summary: "Read what workers were told, and whether it arrived",
    load: async () => (await import("./commands/inbox.ts")).inboxVerb,
  },
  {
    name: "radar",
    summary: "Show who conflicts with whom, and where, before anything is merged",
    load: async () => (await import("./commands/radar.ts")).radarVerb,
  },
  {
    name: "diff",
    summary: "Show what a track has changed, uncommitted and untracked files included",
    load: async () => (await import("./commands/diff.ts")).diffVerb,
  },
  {
    name: "events",
    summary: "Print the journal as NDJSON",
    load: async () => (await import("./commands/events.ts")).eventsVerb,
  },
  {
    name: "pause",
    summary: "Let workers rest until they are resumed",
    load: async () => (await import("./commands/pause.ts")).pauseVerb,
  },
  {
    name: "resume",
    summary: "Let paused workers go on in their sessions",
    load: async () => (await import("./commands/resume.ts")).resumeVerb,
  },
  {
    name: "stop",
    summary: "End workers; their branches and worktrees stay",
    load: async () => (await import("./commands/stop.ts")).stopVerb,
  },
  {
    name: "done",
    summary: "Report that a track is done, to be checked",
    load: async () => (await import("./commands/report.ts")).doneVerb,
  },
  {
    name: "blocked",
    summary: "Report that a track cannot go on, and why",
    load: async () => (await import("./commands/report.ts")).blockedVerb,
  },
  {
    name: "handoff",
    summary: "Read or write what the next worker of a track must know",
    load: async () => (await import("./commands/handoff.ts")).handoffVerb,
  },
  {
    name: "land",
    summary: "Gate ready tracks and put them on the target",
    load: async () => (await import("./commands/land.ts")).landVerb,
  },
  {
    name: "race",
    summary: "Let several agents attempt the same work from the same commit",
    load: async () => (await import("./commands/race.ts")).raceVerb,
  },
  {
    name: "compare",
    summary: "Show the evidence for each candidate of a race",
    load: async () => (await import("./commands/compare.ts")).compareVerb,
  },
  {
    name: "pick",
    summary: "Land one candidate of a race, and drop the others",
    load: async () => (await import("./commands/pick.ts")).pickVerb,
  },
  {
    name: "drop",
    summary: "Discard a track; all it held is kept",
    load: async () => (await import("./commands/drop.ts")).dropVerb,
  },
  {
    name: "restore",
    summary: "Bring back what was dropped",
    load: async () => (await import("./commands/restore.ts")).restoreVerb,
  },
  {
    name: "rename",
    summary: "Give a track another name",
    load: async () => (await import("./commands/rename.ts")).renameVerb,
  },
  {
    name: "clean",
    summary: "Put away worktrees that are provably safe",
    load: async () => (await import("./commands/clean.ts")).cleanVerb,
  },
  {
    name: "doctor",
    summary: "Check everything Pleach stands on, and repair the wiring",
    load: async () => (await import("./commands/doctor.ts")).doctorVerb,
  },
  {
    name: "lab",
    summary: "Measure what others guess: recorded landings under other ways to queue",
    load: async () => (await import("./commands/lab.ts")).labVerb,
  },
  {
    name: "demo",
    summary: "Show the whole way in a scratch repository, in about a minute",
    load: async () => (await import("./commands/demo.ts")).demoVerb,
  },
  {
    name: "completion",
    summary: "Print the completion script of a shell",
    load: async () => (await import("./commands/completion.ts")).completionVerb,
  },
  {
    name: "merge-driver",
    summary: "Merge a task file, called by git",
    hidden: true,
    load: async () => (await import("./commands/merge-driver.ts")).mergeDriverVerb,
  },
  {
    name: "complete-tracks",
    summary: "Print the names of tracks for the shell's completion",
    hidden: true,
    load: async () => (await import("./commands/complete-tracks.ts")).completeTracksVerb,
  },
  {
    name: "supervise",
    summary: "Stay with a worker until its end is recorded",
    hidden: true,
    load: async () => (await import("./commands/supervise.ts")).superviseVerb,
  },
  {
    name: "hosted",
    summary: "Become the program that a host was asked to run",
    hidden: true,
    load: async () => (await import("./commands/hosted.ts")).hostedVerb,
  },
  {
    name: "scripted-agent",
    summary: "Play the scripts in the prompt, as an agent",
    hidden: true,
    load: async () => (await import("./commands/scripted-agent.ts")).scriptedAgentVerb,
  },
  {
    name: "where",
    summary: "Say where things stand and what to do next",
    hidden: true,
    bare: true,
    load: async () => (await import("./commands/bare.ts")).bareVerb,
  },
];
