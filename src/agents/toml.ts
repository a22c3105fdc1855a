import { parse } from "smol-toml";

/**
 * Reads a text of TOML, for a schema to check; undefined when there is no text, or it is not TOML.
 */
export function parseToml(text: string | undefined): unknown {
  try {
    return parse(text ?? "");
  } catch {
    return undefined;
  }
}

/** Writes a basic string of TOML; JSON's escapes are valid in it, but for DEL. */
export const tomlString = (text: string): string =>
  JSON.stringify(text).replaceAll("\x7f", "\\u007f");
