/** The words of a task that are paths: existing files and directories, and plausible new files. */
import { escapeGlob, parseGlob } from "./paths/glob.ts";
import type { PathIndex } from "./paths/path-index.ts";

export interface Mention {
  /** The path as a glob. */
  readonly path: string;
  readonly confidence: number;
}

/** The confidence in each kind of mention. Starting values, until measured on real runs. */
const confidence = {
  file: 0.8,
  fileByName: 0.7,
  fileByCommonName: 0.4,
  glob: 0.7,
  directory: 0.6,
  newFile: 0.6,
  newFileInNewDirectory: 0.4,
} as const;

/** The number of files of one name above which a mention does not say which is meant. */
const mostNamesakes = 3;

const knownExtension =
  /\.(?:[cm]?[jt]sx?|json[c5]?|md|mdx|txt|rst|adoc|ya?ml|toml|ini|cfg|conf|env|lock|css|scss|sass|less|html?|svg|vue|svelte|astro|py|pyi|ipynb|rb|rs|go|java|kts?|swift|c|h|cc|cpp|cxx|hpp|hh|cs|fs|php|pl|lua|sh|bash|zsh|fish|ps1|sql|graphql|gql|proto|xml|csv|tsv|ex|exs|erl|hs|ml|scala|clj|dart|zig|nix|tf|gradle|cmake|mk|snap|tpl|tmpl)$/i;
const url = /\b[a-z][a-z0-9+.-]*:\/\/\S+|\bwww\.\S+|\bmailto:\S+/gi;
const quoted = /`([^`\n]+)`|"([^"\n]+)"|'([^'\n]+)'/g;
const pathLike = /^[\p{L}\p{N}._@+~#%()[\]{}*?!$,:\-\s/\\]+$/u;

interface Word {
  readonly text: string;
  /** Whether the word stood in backticks or quotes: meant literally, not as prose. */
  readonly isQuoted: boolean;
}

export function findMentions(prose: string, index: PathIndex): readonly Mention[] {
  const found = new Map<string, number>();
  const add = ({ path, confidence: value }: Mention) =>
    found.set(path, Math.max(found.get(path) ?? 0, value));
  const unknown: Word[] = [];
  const read = (word: Word) => {
    const known = knownPaths(word, index);
    const parts = known === undefined && !isOnePath(word.text) ? partsOf(word) : [];
    if (known !== undefined) known.forEach(add);
    else if (parts.length > 0) parts.forEach(read);
    else unknown.push(word);
  };
  wordsOf(prose).forEach(read);
  newPaths(unknown, index).forEach(add);
  return [...found].map(([path, value]) => ({ path, confidence: value }));
}

function wordsOf(prose: string): readonly Word[] {
  const text = prose.replace(url, " ");
  const inner = [...text.matchAll(quoted)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
  const bare = text.replace(quoted, " ").split(/[\s`"'<>;|=]+/);
  return [
    ...inner.flatMap((part) => wordOf(part, true)),
    ...bare.flatMap((part) => wordOf(part, false)),
  ];
}

function wordOf(raw: string, isQuoted: boolean): readonly Word[] {
  const text = cleanPath(raw);
  return text !== "" && pathLike.test(text) ? [{ text, isQuoted }] : [];
}

/**
 * Whether a text is a single path: `app/[id]/page.tsx` is; `[text](docs/x.md)`, `a.ts,b.ts`, `npm
 * test src/a.ts` are more.
 */
function isOnePath(text: string): boolean {
  return !/[\s,:]|\]\(/.test(text) && isPlausible(text);
}

function partsOf({ text, isQuoted }: Word): readonly Word[] {
  const parts = text.split(/\s/.test(text) ? /\s+/ : /[()[\]{},:]+/);
  return parts.length < 2 ? [] : parts.flatMap((part) => wordOf(part, isQuoted));
}

/**
 * Strips what clings to a path in prose: emphasis, brackets, final punctuation, `./`, line numbers.
 */
function cleanPath(raw: string): string {
  const plain = raw.trim().replace(/^(\*\*|__?|\*|~~)([^*]+)\1(?=\W*$)/, "$2");
  const text = (/[)\]}]/.test(plain.slice(1, -1)) ? plain : plain.replace(/^[([{<]+/, ""))
    .replace(/^\.\//, "")
    .replace(/(?:'s|[.,:;!?…])+$/, "")
    .replace(/(?::\d+(?:[:-]\d+)?|#L\d+(?:-L?\d+)?|\(\d+(?:,\d+)?\))$/, "");
  const isClosed = /[([{<]/.test(text);
  return (isClosed ? text : text.replace(/[)\]}>.,:;!?]+$/, "")).replace(/\/{2,}/g, "/");
}

/**
 * Finds the existing paths a word may mean. Empty: a path, but its name is too common to tell
 * which. Undefined: no existing path.
 */
function knownPaths({ text, isQuoted }: Word, index: PathIndex): readonly Mention[] | undefined {
  const path = text.replace(/^\//, "");
  const bare = path.replace(/\/$/, "");
  const isName = !path.includes("/");
  const standsOut = isQuoted || !isName || /[A-Z.]/.test(path);
  if (index.has(path) && standsOut)
    return [{ path: escapeGlob(path), confidence: confidence.file }];
  if (index.hasDirectory(bare) && (isQuoted || !isName || path.endsWith("/"))) {
    return [{ path: `${escapeGlob(bare)}/**`, confidence: confidence.directory }];
  }
  if (/[*?]/.test(path)) return knownGlob(path, index);
  if (!knownExtension.test(path)) return undefined;
  const namesakes = index
    .named(path.slice(path.lastIndexOf("/") + 1))
    .map((at) => index.paths[at] ?? "")
    .filter((candidate) => candidate.endsWith(`/${path}`));
  if (namesakes.length === 0) return undefined;
  if (namesakes.length > mostNamesakes) return [];
  const value = namesakes.length === 1 ? confidence.fileByName : confidence.fileByCommonName;
  return namesakes.map((name) => ({ path: escapeGlob(name), confidence: value }));
}

function knownGlob(path: string, index: PathIndex): readonly Mention[] | undefined {
  if (!path.includes("/") && !knownExtension.test(path)) return undefined;
  const patterns = parseGlob(path).patterns;
  const isKnown = patterns.some((pattern) => index.expand(pattern).length > 0);
  return isKnown ? [{ path, confidence: confidence.glob }] : undefined;
}

/**
 * Finds new paths. Parents come before children, so that a directory announced in the text vouches
 * for its files.
 */
function newPaths(words: readonly Word[], index: PathIndex): readonly Mention[] {
  const announced = new Set<string>();
  const mentions: Mention[] = [];
  const sorted = words
    .filter(({ text }) => isPlausible(text))
    .toSorted((a, b) => a.text.split("/").length - b.text.split("/").length);
  for (const word of sorted) {
    const path = word.text.replace(/\/$/, "");
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    const isFile = knownExtension.test(path) && !word.text.endsWith("/");
    const hasParent = parent === "" || index.hasDirectory(parent) || announced.has(parent);
    if (isFile ? !hasParent && !hasAncestor(parent, index) : !hasParent) continue;
    if (parent === "" && !standsAlone(word)) continue;
    if (!isFile) announced.add(path);
    mentions.push({
      path: escapeGlob(path) + (isFile ? "" : "/**"),
      confidence: hasParent && isFile ? confidence.newFile : confidence.newFileInNewDirectory,
    });
  }
  return mentions;
}

function isPlausible(text: string): boolean {
  if (/[*?\s\\]/.test(text) || /^[/~@#-]/.test(text)) return false;
  if (text.split("/").some((part) => part === ".." || part === ".")) return false;
  return text.includes("/") || knownExtension.test(text);
}

function hasAncestor(parent: string, index: PathIndex): boolean {
  const top = parent.split("/")[0] ?? "";
  return index.hasDirectory(top);
}

/**
 * Whether a name at the root is meant as a path: prose has `Node.js` and `e.g.`; `docs/` is a
 * directory.
 */
function standsAlone({ text, isQuoted }: Word): boolean {
  if (text.endsWith("/")) return true;
  return isQuoted || !/^(?:[A-Z][A-Za-z]*|three|p5|d3|\W.*)\.js$/.test(text);
}
