/*
 * SQLite keeps text as UTF-8. A path whose name is no UTF-8 has a character of the last private
 * plane in the place of each odd byte, so that two such names stay two; no script has a character
 * there.
 */

const first = 0x10dc00;

export const storedPath = (path: string): string =>
  path.replace(/(?<![\ud800-\udbff])[\udc80-\udcff]/g, (odd) =>
    String.fromCodePoint(first + odd.charCodeAt(0) - 0xdc00),
  );

export const pathFromStore = (stored: string): string =>
  stored.replace(/[\u{10dc80}-\u{10dcff}]/gu, (char) =>
    String.fromCharCode(0xdc00 + (char.codePointAt(0) ?? first) - first),
  );
