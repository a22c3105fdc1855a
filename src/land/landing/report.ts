import {
  type LandingFacts,
  type LandReport,
  type LateCommits,
  type Member,
  membersOf,
} from "./landing.ts";

/** Words the note on a track that has landed and has more commits. */
function lateWords({ track, tip, commits }: LateCommits): Pick<LandReport, "detail" | "hint"> {
  const what = commits === 1 ? "1 commit" : `${commits} commits`;
  const detail = `${what} came too late for it, up to ${tip.slice(0, 10)}, and ${track} is ready again`;
  return { detail, hint: `pleach land ${track} lands that as well` };
}

/** Builds the report of a landing that is over, or of one of its members. */
export function reportOf(facts: LandingFacts, member: Member = facts): LandReport {
  const { verdict, gate = null, paths = [] } = facts;
  const { track } = member;
  const together = membersOf(facts).map((one) => one.track);
  const union = together.length > 1 ? { union: together } : {};
  if (verdict === undefined) {
    const { commit, tree, deciding } = facts;
    const owed = (facts.owed ?? []).filter((one) => one.track === track);
    const late = facts.late?.find((one) => one.track === track);
    return {
      ...{ track, ...union },
      outcome: "landed",
      ...(commit === undefined ? {} : { commit }),
      ...(tree === undefined ? {} : { tree }),
      paths: together.length > 1 ? (member.own ?? []) : paths,
      gate,
      ...(deciding === undefined ? {} : { deciding }),
      ...(owed.length === 0 ? {} : { owed }),
      ...(late === undefined ? {} : lateWords(late)),
    };
  }
  const { outcome, reason, detail, hint, failing } = verdict;
  const told = failing === undefined ? {} : { failing };
  return { track, ...union, outcome, reason, detail, paths: verdict.paths, gate, ...told, hint };
}
