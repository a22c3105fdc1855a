import { registry, type VerbName } from "../../verbs/registry.ts";
import type { ListedVerb } from "./listed-verb.ts";
import type { Verb } from "./verb.ts";

/** Loads the declaration of each verb on the command line, when the verb is used. */
const loaders: { readonly [Name in VerbName]: () => Promise<Verb> } = {
  init: async () => (await import("./commands/init.ts")).initVerb,
  plan: async () => (await import("./commands/plan.ts")).planVerb,
  run: async () => (await import("./commands/run.ts")).runVerb,
  start: async () => (await import("./commands/start.ts")).startVerb,
  retry: async () => (await import("./commands/retry.ts")).retryVerb,
  ls: async () => (await import("./commands/ls.ts")).lsVerb,
  status: async () => (await import("./commands/status.ts")).statusVerb,
  logs: async () => (await import("./commands/logs.ts")).logsVerb,
  attach: async () => (await import("./commands/attach.ts")).attachVerb,
  attention: async () => (await import("./commands/attention.ts")).attentionVerb,
  answer: async () => (await import("./commands/answer.ts")).answerVerb,
  tell: async () => (await import("./commands/tell.ts")).tellVerb,
  inbox: async () => (await import("./commands/inbox.ts")).inboxVerb,
  radar: async () => (await import("./commands/radar.ts")).radarVerb,
  diff: async () => (await import("./commands/diff.ts")).diffVerb,
  events: async () => (await import("./commands/events.ts")).eventsVerb,
  pause: async () => (await import("./commands/pause.ts")).pauseVerb,
  resume: async () => (await import("./commands/resume.ts")).resumeVerb,
  stop: async () => (await import("./commands/stop.ts")).stopVerb,
  done: async () => (await import("./commands/report.ts")).doneVerb,
  blocked: async () => (await import("./commands/report.ts")).blockedVerb,
  handoff: async () => (await import("./commands/handoff.ts")).handoffVerb,
  land: async () => (await import("./commands/land.ts")).landVerb,
  race: async () => (await import("./commands/race.ts")).raceVerb,
  compare: async () => (await import("./commands/compare.ts")).compareVerb,
  pick: async () => (await import("./commands/pick.ts")).pickVerb,
  drop: async () => (await import("./commands/drop.ts")).dropVerb,
  restore: async () => (await import("./commands/restore.ts")).restoreVerb,
  rename: async () => (await import("./commands/rename.ts")).renameVerb,
  clean: async () => (await import("./commands/clean.ts")).cleanVerb,
  doctor: async () => (await import("./commands/doctor.ts")).doctorVerb,
  lab: async () => (await import("./commands/lab.ts")).labVerb,
  demo: async () => (await import("./commands/demo.ts")).demoVerb,
  completion: async () => (await import("./commands/completion.ts")).completionVerb,
  "merge-driver": async () => (await import("./commands/merge-driver.ts")).mergeDriverVerb,
  "complete-tracks": async () => (await import("./commands/complete-tracks.ts")).completeTracksVerb,
  supervise: async () => (await import("./commands/supervise.ts")).superviseVerb,
  hosted: async () => (await import("./commands/hosted.ts")).hostedVerb,
  "scripted-agent": async () => (await import("./commands/scripted-agent.ts")).scriptedAgentVerb,
  where: async () => (await import("./commands/bare.ts")).bareVerb,
};

/** Every verb there is, in the order of `--help`. */
export const verbs: readonly ListedVerb[] = registry.map((described) => ({
  ...described,
  load: loaders[described.name],
}));
