import { parse, TomlError } from "smol-toml";
import type { core } from "zod";
import { ExitCode, messageOf, PleachError } from "../errors.ts";
import { nearest, plain, plainLine } from "../text.ts";
import { locateKeys, type Position, type Positions, positionOf } from "./locate.ts";
import { knownKeys, type WrittenConfig, writtenConfigSchema } from "./written.ts";

/** A mistake in a configuration file. */
interface Problem extends Position {
  readonly message: string;
}

/**
 * Reads the text of a configuration file.
 * @param file the file's name for error messages
 * @throws PleachError `config/invalid` that lists every problem with file:line:column
 */
export function parseWritten(text: string, file: string): WrittenConfig {
  const document = parseToml(text, file);
  const result = writtenConfigSchema.safeParse(document);
  const unseen = unseenIn(document, []);
  if (result.success && unseen.length === 0) return result.data;
  const positions = locateKeys(text);
  const issues = result.success ? [] : result.error.issues;
  const problems = issues.flatMap((issue) => problemsOf(issue, document, positions));
  throw invalid(file, [
    ...problems,
    ...unseen.map(({ path, message }) => ({ ...positionOf(positions, path), message })),
  ]);
}

/**
 * Finds texts and keys with a character that steers a terminal or reorders a line: a person could
 * not see what they say.
 */
function unseenIn(
  value: unknown,
  path: readonly string[],
): readonly { readonly path: readonly string[]; readonly message: string }[] {
  if (typeof value === "string") {
    const found = refused.exec(value)?.[0];
    const held = `holds the control character ${plain(found ?? "")}`;
    const message = `${plainLine(dotted(path))} ${held} and cannot be consented to: ${plainLine(value)}`;
    return found === undefined ? [] : [{ path, message }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const deeper = [...path, key];
    return refused.test(key)
      ? [
          {
            path: deeper,
            message: `the key ${plainLine(JSON.stringify(key))} holds a control character`,
          },
        ]
      : unseenIn(inner, deeper);
  });
}

const refused = /(?!\n|\t)\p{Cc}|[\p{Bidi_Control}\p{Zl}\p{Zp}]/u;

function parseToml(text: string, file: string): unknown {
  try {
    return parse(text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n"));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [fact = ""] = messageOf(error)
      .replace(/^Invalid TOML document: /, "")
      .split("\n");
    throw invalid(file, [{ line: error.line, column: error.column, message: fact }]);
  }
}

function problemsOf(
  issue: core.$ZodIssue,
  document: unknown,
  positions: Positions,
): readonly Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return { ...positionOf(positions, path), message: unknownKey(path) };
    });
  }
  if (issue.code === "invalid_union") {
    // The members differ in shape: report on the member that the writer meant.
    const meant = issue.errors.find((errors) => errors.every((error) => error.path.length > 0));
    if (meant !== undefined && meant.length > 0) {
      return meant.flatMap((inner) => {
        const path = [...issue.path, ...inner.path];
        return problemsOf({ ...inner, path }, document, positions);
      });
    }
  }
  const name = dotted(issue.path);
  return [{ ...positionOf(positions, issue.path), message: wrongValue(issue, name, document) }];
}

function unknownKey(path: readonly PropertyKey[]): string {
  const key = String(path.at(-1));
  const around = path.slice(0, -1);
  const known = knownKeys(around);
  const meant = nearest(key, known);
  const where = around.length === 0 ? "" : ` in [${dotted(around)}]`;
  if (meant !== undefined) return `unknown key "${key}"${where}, did you mean "${meant}"?`;
  return `unknown key "${key}"${where} (known: ${known.join(", ")})`;
}

function wrongValue(issue: core.$ZodIssue, name: string, document: unknown): string {
  const value = valueAt(document, issue.path);
  const got = value === undefined ? "nothing" : JSON.stringify(value)?.slice(0, 60);
  switch (issue.code) {
    case "invalid_value": {
      const values = issue.values.map((known) => JSON.stringify(known)).join(", ");
      const meant =
        typeof value === "string" ? nearest(value, issue.values.map(String)) : undefined;
      const help = meant === undefined ? "" : `, did you mean "${meant}"?`;
      return `${name} is one of ${values}, not ${got}${help}`;
    }
    case "invalid_type":
      return `${name} is ${kindWords[issue.expected] ?? `a ${issue.expected}`}, not ${got}`;
    case "too_small":
      return `${name} is at least ${issue.minimum}${lengthOf(issue.origin)}, not ${got}`;
    case "too_big":
      return `${name} is at most ${issue.maximum}${lengthOf(issue.origin)}, not ${got}`;
    case "invalid_key":
      return `${name}: the key is ${issue.issues[0]?.message ?? "not possible"}`;
    case "invalid_union":
      return `${name} is a shell line or a list of steps { name, command }, not ${got}`;
    default:
      return `${name} is ${issue.message}, not ${got}`;
  }
}

const kindWords: Readonly<Record<string, string>> = {
  array: "a list",
  int: "a whole number",
  number: "a number",
  object: "a table",
  record: "a table",
  string: "a text in quotes",
};

const lengthOf = (origin: string): string => (origin === "array" ? " long" : "");

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => {
    if (typeof value !== "object" || value === null) return undefined;
    return Reflect.get(value, part);
  }, document);
}

/** Writes a path as a person would: `land.gate[1].name`. */
function dotted(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (/^\d+$/.test(String(part))) return `${text}[${String(part)}]`;
    const name = /^[\w-]+$/.test(String(part)) ? String(part) : JSON.stringify(part);
    return text === "" ? name : `${text}.${name}`;
  }, "");
}

function invalid(file: string, problems: readonly Problem[]): PleachError {
  const lines = [...problems]
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map((problem) => `${file}:${problem.line}:${problem.column}: ${problem.message}`);
  const [only = ""] = lines;
  return new PleachError({
    code: "config/invalid",
    message:
      lines.length === 1
        ? only
        : `${file} has ${lines.length} problems:\n${lines.map((line) => `  ${line}`).join("\n")}`,
    hint: `correct ${file}; \`pleach doctor\` checks it again`,
    exitCode: ExitCode.usage,
  });
}
