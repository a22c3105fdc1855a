import type { AgentEvent } from "../../agents/event.ts";
import { formatEvent } from "../../agents/event.ts";
import { plain, plainLine } from "../../ground/text.ts";
import type { Track } from "../../track/track.ts";

/** The known work of a session that goes no further. Words and paths are untrusted. */
export interface Leftover {
  readonly track: Pick<Track, "tasks" | "branch">;
  /** The reason why the session ended, as a fact. */
  readonly why: string;
  /** Commits beyond the base, oldest first, a line each. */
  readonly commits: readonly string[];
  /** Changed and uncommitted paths. */
  readonly dirty: readonly string[];
  /** The session's last words and actions, oldest first. */
  readonly last: readonly AgentEvent[];
}

const mark = "<!-- pleach: written when a session was full -->";
const before = "<!-- pleach: the handoff before it -->";
const maxListed = 50;
const maxWordsChars = 2_000;

/**
 * Formats the handoff to a fresh session: the tasks, the work done, and the last words. Pure.
 * @param former the old HANDOFF.md: kept below, without an earlier session's renewal
 */
export function formatRenewal(left: Leftover, former: string | undefined): string {
  const { track, why, commits, dirty, last } = left;
  const words = last.flatMap((event) => {
    const said = formatEvent(event);
    return said === undefined ? [] : [plain(said).slice(0, maxWordsChars)];
  });
  const kept = former === undefined ? "" : withoutRenewal(former).trim();
  const lines = [
    mark,
    "# A session before you could not go on",
    "",
    `Its work is yours now: ${plainLine(why)}. Look at \`git log\` and \`git status\`, and do not begin anew what is done.`,
    ...section("Your tasks", bullets(track.tasks.map(({ text }) => text))),
    ...section(`Committed on ${track.branch}`, bullets(commits)),
    ...section("Changed, and not committed", bullets(dirty)),
    ...section("What it said and did last", fenced(words.join("\n"))),
    ...(kept === "" ? [] : ["", before, "", kept]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Strips from a handoff the part that a renewal wrote into it. */
function withoutRenewal(handoff: string): string {
  if (!handoff.startsWith(mark)) return handoff;
  const at = handoff.indexOf(before);
  return at < 0 ? "" : handoff.slice(at + before.length).trimStart();
}

function section(title: string, body: readonly string[]): readonly string[] {
  return ["", `## ${title}`, "", ...(body.length === 0 ? ["Nothing."] : body)];
}

function bullets(items: readonly string[]): readonly string[] {
  const more = items.length - maxListed;
  const lines = items.slice(-maxListed).map((item) => `- ${plainLine(item)}`);
  return more > 0 ? [`- … and ${more} before these`, ...lines] : lines;
}

/** Puts text into a fence longer than any in it. */
function fenced(text: string): readonly string[] {
  if (text === "") return [];
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return [fence, text, fence];
}
