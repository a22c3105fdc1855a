import { parseSha, type Sha } from "../../ground/ids.ts";

/** A commit as git stores it; texts hold one character for each byte (latin1). */
export interface RawCommit {
  readonly sha: Sha;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: string;
  readonly committer: string;
  readonly encoding: string | undefined;
  readonly signed: boolean;
  readonly message: string;
}

/** Reads the output of `git cat-file --batch`, commits only. */
export function parseRawCommits(output: string): readonly RawCommit[] {
  const commits: RawCommit[] = [];
  for (let rest = output; rest !== ""; ) {
    const line = rest.slice(0, rest.indexOf("\n"));
    const [sha = "", kind, size] = line.split(" ");
    if (kind !== "commit") throw new Error(`not a commit: ${line}`);
    const start = line.length + 1;
    commits.push(parseRaw(parseSha(sha), rest.slice(start, start + Number(size))));
    rest = rest.slice(start + Number(size) + 1);
  }
  return commits;
}

function parseRaw(sha: Sha, raw: string): RawCommit {
  const end = raw.indexOf("\n\n");
  const headers = (end < 0 ? raw : raw.slice(0, end)).split("\n");
  const all = (name: string): readonly string[] =>
    headers
      .filter((line) => line.startsWith(`${name} `))
      .map((line) => line.slice(name.length + 1));
  return {
    ...{ sha, tree: all("tree")[0] ?? "", parents: all("parent") },
    ...{ author: all("author")[0] ?? "", committer: all("committer")[0] ?? "" },
    encoding: all("encoding")[0],
    signed: headers.some((line) => line.startsWith("gpgsig")),
    message: end < 0 ? "" : raw.slice(end + 2),
  };
}

/**
 * Finds the original of each new commit. Git leaves out a commit that changes nothing any more, so
 * each original is looked for behind the one before.
 */
export function originsOf(
  made: readonly RawCommit[],
  from: readonly RawCommit[],
): readonly (RawCommit | undefined)[] {
  let next = 0;
  return made.map((commit) => {
    const at = from.findIndex((one, index) => index >= next && saysTheSame(one, commit));
    if (at < 0) return undefined;
    next = at + 1;
    return from[at];
  });
}

function saysTheSame(a: RawCommit, b: RawCommit): boolean {
  const [one, other] = [a, b].map((commit) => {
    const read = (bytes: string): string => decode(bytes, commit.encoding);
    return `${read(commit.author)}\n${read(commit.message)
      .replace(/^\s*\n/, "")
      .trim()}`;
  });
  return one === other;
}

function decode(bytes: string, encoding = "utf-8"): string {
  const buffer = Buffer.from(bytes, "latin1");
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(buffer);
  } catch {
    // The encoding is unknown, or not the one the bytes are in: compare byte for byte.
    return bytes;
  }
}

/**
 * Returns the commit with its original author and message, to the byte; undefined when it has them,
 * or when they cannot be kept.
 */
export function inFirstWords(
  made: RawCommit,
  origin: RawCommit | undefined,
): RawCommit | undefined {
  if (origin === undefined || made.signed) return undefined;
  const { author, encoding, message } = origin;
  if (made.author === author && made.encoding === encoding && made.message === message) {
    return undefined;
  }
  // The committer's name is UTF-8, and would not fit the original encoding.
  if (encoding !== undefined && /[^\0-\x7f]/.test(made.committer)) return undefined;
  return { ...made, author, encoding, message };
}

/** Formats an unsigned commit as bytes (latin1), for `git hash-object -t commit`. */
export function formatRaw(commit: Omit<RawCommit, "sha" | "signed">): string {
  const { tree, parents, author, committer, encoding, message } = commit;
  const headers = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    ...[`author ${author}`, `committer ${committer}`],
    ...(encoding === undefined ? [] : [`encoding ${encoding}`]),
  ];
  return `${headers.join("\n")}\n\n${message}`;
}
