/** A basic string of TOML; JSON's escapes are a part of its own, but for DEL. */
export const tomlString = (text: string): string =>
  JSON.stringify(text).replaceAll("\x7f", "\\u007f");
