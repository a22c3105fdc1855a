/*
 * The definitions in lines of code, told from their look alone: the same few words introduce names
 * in most languages. There is no warning of a name that is missed; a name seen by mistake costs a
 * look at the files.
 */

export interface Definition {
  readonly name: string;
  /**
   * The parameters, as written, which users rely on besides the name; undefined where none show.
   */
  readonly parameters: string | undefined;
  /** The whole line, without the space around it. */
  readonly line: string;
}

const modifiers =
  "(?:export\\s+(?:default\\s+)?|pub(?:\\([\\w: ]+\\))?\\s+|public\\s+|protected\\s+|internal\\s+|static\\s+|final\\s+|abstract\\s+|async\\s+|inline\\s+|override\\s+|open\\s+|extern\\s+|declare\\s+|readonly\\s+|const\\s+(?=fn\\b)|unsafe\\s+|virtual\\s+|suspend\\s+)*";
const callable = "(?:function\\*?|def|fn|func|fun|sub|proc|macro_rules!|defp?|defn|defmacro)";
const shape =
  "(?:class|interface|trait|struct|enum|type|protocol|module|namespace|union|record|object|typedef)";
const holder = "(?:const|let|var|val|static)";

const named = "([A-Za-z_$][\\w$]*[!?]?)";
const shapes = new RegExp(`^\\s*${modifiers}${shape}\\s+${named}`);
const patterns: readonly RegExp[] = [
  new RegExp(`^\\s*${modifiers}${callable}\\s+(?:\\([^)]*\\)\\s*)?(?:self\\.)?${named}`),
  shapes,
  // A value held inside of a function concerns no other code.
  new RegExp(`^${modifiers}${holder}\\s+(?:mut\\s+)?${named}\\s*[:=]`),
  new RegExp(`^\\s*(?:export|pub|public)\\s+${modifiers}${holder}\\s+(?:mut\\s+)?${named}\\s*[:=]`),
  /^\s*(?:module\.)?exports\.([A-Za-z_$][\w$]*)\s*=/,
  /^\s*[A-Za-z_$][\w$]*\.prototype\.([A-Za-z_$][\w$]*)\s*=/,
  /^#\s*define\s+([A-Za-z_]\w*)/,
  // A method, or a function of a language that names the type first: `int name(…) {`.
  /^\s*(?!(?:return|throw|await|yield|new|case|else|do)\b)(?:(?:[\w<>[\],.*&:]+\s+)+[*&]*)?([A-Za-z_$][\w$]*)\s*\([^;]*\)\s*(?::[^;{]+)?\{\s*$/,
  // A property that holds a function: `name: function (…)`, `name: (…) =>`.
  /^\s*([A-Za-z_$][\w$]*)\s*[:=]\s*(?:async\s*)?(?:function\b|\([^)]*\)\s*(?::[^=]+)?=>)/,
];

const keywords = new Set(
  "if for while switch catch return else do try with when until unless match case new in of and or not await yield throw super this self function def class const let var".split(
    " ",
  ),
);

/** The least length of a name: shorter names are everywhere. */
const leastLength = 3;

/** Reads what a line defines; undefined when it defines nothing recognisable. */
export function definitionOn(line: string): Definition | undefined {
  if (line.length > longestLine) return undefined;
  for (const pattern of patterns) {
    const found = pattern.exec(line);
    const name = found?.[1];
    if (name === undefined || found === null) continue;
    if (name.length < leastLength || keywords.has(name)) return undefined;
    const after = line.slice(line.indexOf(name, found.index) + name.length);
    const parameters = pattern === shapes ? undefined : parametersIn(after);
    return { name, parameters, line: line.trim() };
  }
  return undefined;
}

/** The longest line that is read: longer lines were made by a program. */
const longestLine = 400;

/** The beginning of a list of parameters, right behind the name or in a function given to it. */
const opening =
  /^\s*(?:<[^()]*>|\[[^()]*\])?\s*\(|^[^=(]*[:=]\s*(?:async\s*)?(?:function\*?\s*[\w$]*\s*\(|\((?=[^)]*\)[^=]*=>))/;

/** Returns the text between the parentheses; undefined where they do not close on the same line. */
function parametersIn(after: string): string | undefined {
  const begin = opening.exec(after)?.[0].length;
  if (begin === undefined) return undefined;
  let depth = 1;
  for (let at = begin; at < after.length; at += 1) {
    if (after[at] === "(") depth += 1;
    else if (after[at] === ")") depth -= 1;
    if (depth === 0) return after.slice(begin, at).replace(/\s+/g, " ").trim();
  }
  return undefined;
}

/**
 * Whether calls written for the first parameters still fit the second: the same, or additional
 * parameters that may be left out.
 */
export function stillFits(before: string, after: string): boolean {
  const [old, now] = [partsOf(before), partsOf(after)];
  if (old.some((part, at) => bare(part) !== bare(now[at] ?? ""))) return false;
  return now.slice(old.length).every(mayBeLeftOut);
}

const mayBeLeftOut = (part: string): boolean => /[=?]|^\.\.\.|^\*/.test(part);

/** Returns a parameter without its default. */
const bare = (part: string): string => part.replace(/\s*=.*$/, "").trim();

function partsOf(parameters: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < parameters.length; at += 1) {
    const char = parameters[at] ?? "";
    if ("([{<".includes(char)) depth += 1;
    else if (")]}>".includes(char)) depth -= 1;
    else if (char === "," && depth === 0) {
      parts.push(parameters.slice(from, at).trim());
      from = at + 1;
    }
  }
  const last = parameters.slice(from).trim();
  return last === "" ? parts : [...parts, last];
}
