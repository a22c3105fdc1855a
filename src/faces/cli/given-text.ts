import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ExitCode, messageOf, PleachError } from "../../ground/errors.ts";

/** References given as one word with commas; a line of the backlog may hold some itself. */
export const listed = (words: string): readonly string[] =>
  /\s/.test(words) ? [words] : words.split(",").filter((word) => word !== "");

/**
 * A text given on the command line, or the file that holds it; undefined when neither was given.
 * @throws PleachError `file/unreadable` (usage)
 */
export function givenText(
  given: { readonly text: string | undefined; readonly file: string | undefined },
  folder: string,
): string | undefined {
  if (given.text !== undefined || given.file === undefined) return given.text;
  try {
    return readFileSync(resolve(folder, given.file), "utf8");
  } catch (error) {
    throw new PleachError({
      code: "file/unreadable",
      message: `${given.file} cannot be read: ${messageOf(error)}`,
      hint: "name a readable file, or give the text itself",
      exitCode: ExitCode.usage,
    });
  }
}
