import { asTaskId, type TaskId } from "../ground/ids.ts";

/** The `key:value` words of a task, as in todo.txt. */
export interface Attributes {
  readonly id?: TaskId;
  /** Globs relative to the top of the repository. */
  readonly touches: readonly string[];
  /** The ids of the tasks before it, each with its offset in the words. */
  readonly after: readonly { readonly id: TaskId; readonly at: number }[];
  readonly estimateMinutes?: number;
  readonly agent?: string;
  readonly priority?: number;
}

export interface Words {
  /** The words without the attributes. */
  readonly title: string;
  readonly attributes: Attributes;
  /** The mistakes, each with its offset in the words. */
  readonly problems: readonly { readonly at: number; readonly message: string }[];
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
interface Reading extends Mutable<Attributes> {
  readonly touches: string[];
  readonly after: { readonly id: TaskId; readonly at: number }[];
}

/** Puts a value into the reading, or says why it cannot. */
type Reader = (into: Reading, value: string, at: number) => string | undefined;

const idPattern = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;
const idRule = "an id has letters, digits, `.`, `_` and `-`, at most 64";
const maxEstimateMinutes = 60 * 1000;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["id", readId],
  ["touches", readTouches],
  ["after", readAfter],
  ["est", readEstimate],
  ["agent", readAgent],
  ["priority", readPriority],
]);

/** Every key of an attribute. */
export const attributeKeys: readonly string[] = [...readers.keys()];

const attributePattern = new RegExp(`(?<![^ \\t])(${attributeKeys.join("|")}):([^ \\t]*)`, "g");

/** Takes the attributes out of a task's first line. Words in `code spans` are text. */
export function parseWords(text: string): Words {
  const into: Reading = { touches: [], after: [] };
  const problems: { at: number; message: string }[] = [];
  const masked = maskCode(text);
  let title = "";
  let kept = 0;
  for (const match of masked.matchAll(attributePattern)) {
    const [word, key = "", value = ""] = match;
    const reader = readers.get(key);
    if (reader === undefined) continue;
    title += text.slice(kept, match.index).trimEnd();
    kept = match.index + word.length;
    const wrong =
      value === ""
        ? `${key}: needs its value right behind the colon; as text it goes in backticks`
        : reader(into, value, match.index + key.length + 1);
    if (wrong !== undefined) problems.push({ at: match.index, message: wrong });
  }
  title += text.slice(kept);
  // An id may hide in a comment: `<!-- id:T3 -->`.
  title = title.replace(/[ \t]*<!--[ \t]*-->/g, "").trim();
  if (title === "")
    problems.push({ at: 0, message: "the task has no words besides its attributes" });
  return { title, attributes: into, problems };
}

function readId(into: Reading, value: string): string | undefined {
  if (!idPattern.test(value)) return `${quote(value)} is no id: ${idRule}`;
  if (into.id !== undefined) return `a second id, ${value}, for ${into.id}`;
  into.id = asTaskId(value);
  return undefined;
}

function readTouches(into: Reading, value: string): string | undefined {
  const globs = splitGlobs(value);
  const wrong = globs.map(globProblem).find((problem) => problem !== undefined);
  if (wrong !== undefined) return wrong;
  into.touches.push(...globs.map((glob) => glob.replace(/^(?:\.\/)+/, "")));
  return undefined;
}

function readAfter(into: Reading, value: string, at: number): string | undefined {
  const ids = value.split(",");
  const wrong = ids.find((id) => !idPattern.test(id));
  if (wrong !== undefined) return `${quote(wrong)} is no id: ${idRule}, separated by commas`;
  let offset = at;
  for (const id of ids) {
    into.after.push({ id: asTaskId(id), at: offset });
    offset += id.length + 1;
  }
  return undefined;
}

function readEstimate(into: Reading, value: string): string | undefined {
  const [, count = "", unit = ""] = /^(\d{1,6}(?:\.\d{1,3})?)([smh])$/.exec(value) ?? [];
  const minutes = Number(count) * (unit === "s" ? 1 / 60 : unit === "h" ? 60 : 1);
  if (!(minutes > 0 && minutes <= maxEstimateMinutes))
    return `${quote(value)} is no estimate: write 90s, 30m or 2h`;
  if (into.estimateMinutes !== undefined) return `a second estimate, ${value}`;
  into.estimateMinutes = minutes;
  return undefined;
}

function readAgent(into: Reading, value: string): string | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value)) return `${quote(value)} is no agent's name`;
  if (into.agent !== undefined) return `a second agent, ${value}, for ${into.agent}`;
  into.agent = value;
  return undefined;
}

function readPriority(into: Reading, value: string): string | undefined {
  if (!/^[+-]?\d{1,6}$/.test(value))
    return `${quote(value)} is no priority: write a whole number, higher first`;
  if (into.priority !== undefined) return `a second priority, ${value}`;
  into.priority = Number(value);
  return undefined;
}

const quote = (value: string): string => JSON.stringify(value.slice(0, 60));

/** Splits at commas outside of braces: `src/{a,b}/**,docs/**` gives two globs. */
function splitGlobs(value: string): readonly string[] {
  const globs: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < value.length; at++) {
    if (value[at] === "{") depth++;
    else if (value[at] === "}") depth = Math.max(0, depth - 1);
    else if (value[at] === "," && depth === 0) {
      globs.push(value.slice(start, at));
      start = at + 1;
    }
  }
  return [...globs, value.slice(start)];
}

/** Says why `touches:` cannot hold a glob; undefined when it can. */
export function globProblem(glob: string): string | undefined {
  const path = glob.replace(/^(?:\.\/)+/, "");
  if (path === "" || path === ".") return "an empty path between commas";
  if (path.startsWith("/") || path.startsWith("~"))
    return `${quote(glob)} is not relative to the top of the repository`;
  if (path.startsWith("!")) return `${quote(glob)}: a footprint cannot be negated`;
  if (path.split("/").includes("..")) return `${quote(glob)} leaves the repository`;
  if (path.split("{").length !== path.split("}").length) return `${quote(glob)} has unequal braces`;
  return undefined;
}

/** Blots out the code spans of a text; the length stays the same. */
function maskCode(text: string): string {
  if (!text.includes("`")) return text;
  const runs = [...text.matchAll(/`+/g)].map((run) => ({ at: run.index, length: run[0].length }));
  const partner = nextOfSameLength(runs);
  let masked = "";
  let kept = 0;
  for (let index = 0; index < runs.length; index++) {
    const open = runs[index];
    const closeIndex = partner[index];
    const close = closeIndex === undefined ? undefined : runs[closeIndex];
    if (open === undefined || closeIndex === undefined || close === undefined) continue;
    const end = close.at + close.length;
    masked += text.slice(kept, open.at) + "`".repeat(end - open.at);
    kept = end;
    index = closeIndex;
  }
  return masked + text.slice(kept);
}

function nextOfSameLength(runs: readonly { readonly length: number }[]): (number | undefined)[] {
  const last = new Map<number, number>();
  return runs
    .map((run, index) => ({ run, index }))
    .reverse()
    .map(({ run, index }) => {
      const next = last.get(run.length);
      last.set(run.length, index);
      return next;
    })
    .reverse();
}
