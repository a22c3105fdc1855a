import type { Sha } from "../../ground/ids.ts";
import { plainLine } from "../../ground/text.ts";
import type { Site } from "../landing/site.ts";

const maxSubject = 72;

/**
 * Composes one message for all commits of a track: its tasks, then the subjects; every author is
 * kept.
 */
export async function squashMessage(
  { git, track }: Site,
  { tip, onto }: { readonly tip: Sha; readonly onto: Sha },
): Promise<{ readonly text: string; readonly author: string | undefined }> {
  const format = "--format=tformat:%an <%ae>%x00%B%x00";
  const fields = await git.fields(["log", "--reverse", "--no-merges", format, tip, "--not", onto]);
  const commits = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    commits.push({ author: (fields[at] ?? "").trim(), body: (fields[at + 1] ?? "").trim() });
  }
  const author = commits.at(-1)?.author;
  const others = [...new Set(commits.map((commit) => commit.author))].filter(
    (one) => one !== author,
  );
  const only = commits.length === 1 ? commits[0]?.body : undefined;
  const texts = track.tasks.map((task) => plainLine(task.text)).join("; ");
  const subject = texts === "" ? `Land ${track.name}` : shorten(texts);
  const subjects = commits.map(({ body }) => `* ${body.split("\n")[0] ?? ""}`).join("\n");
  const body = only ?? `${subject}\n\n${subjects}`;
  const trailers = [
    ...others.map((other) => `Co-authored-by: ${other}`),
    `Pleach-Track: ${track.name}`,
  ];
  // An argument of git has to be UTF-8.
  return { text: `${body}\n\n${trailers.join("\n")}\n`, author: author?.toWellFormed() };
}

/** Cuts a text at a word, so that it fits the first line of a commit. */
export function shorten(text: string): string {
  if (text.length <= maxSubject) return text;
  const cut = text.slice(0, maxSubject - 1);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), maxSubject / 2)).trimEnd()}…`;
}
