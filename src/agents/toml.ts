import { parse } from "smol-toml";

/** What a text of TOML says, for a schema to look at; undefined when there is none, or it is not TOML. */
export function parseToml(text: string | undefined): unknown {
  try {
    return parse(text ?? "");
  } catch {
    return undefined;
  }
}

/** A basic string of TOML; JSON's escapes are a part of its own, but for DEL. */
export const tomlString = (text: string): string =>
  JSON.stringify(text).replaceAll("\x7f", "\\u007f");
