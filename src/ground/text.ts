/*
 * The only place where text from elsewhere (agents, commits, file names, configuration, programs)
 * is made fit to be shown. Nothing in it is dropped: characters that steer a terminal, join or
 * reorder lines, or cannot be seen, are written out (`\x1b`, `\u202e`), so that the reader sees all
 * that is there.
 */

/** Writes out every character that cannot be seen; only line breaks and tabs stay. */
export function plain(text: string): string {
  if (harmless.test(text)) return text;
  return text.replaceAll("\r\n", "\n").replace(unseen, writtenOut);
}

/**
 * Makes text plain on one line: a line break is shown as a sign, other white space is one space.
 */
export function plainLine(text: string): string {
  return plain(text)
    .trim()
    .replace(/\s*\n\s*/g, " ⏎ ")
    .replace(/\s+/g, " ");
}

/**
 * Returns the output of a program, without the colours and movements that it meant for a terminal
 * of its own; a line that it wrote over stands on a line of its own. All else is kept, for `plain`.
 */
export function unstyled(output: string): string {
  return output.replace(styleOrMovement, "").replace(/\r*\n|\r/g, "\n");
}

/** Decodes UTF-8; a byte that is none becomes a lone surrogate (U+DC80 and up), and is not lost. */
export function decoded(bytes: Uint8Array): string {
  const latin = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return latin.replace(utf8, (part) =>
    part.length === 1
      ? String.fromCharCode(0xdc00 + part.charCodeAt(0))
      : Buffer.from(part, "latin1").toString(),
  );
}

/** Returns the bytes behind a text of `decoded`, byte for byte. */
export function encoded(text: string): Buffer {
  if (!hasOddBytes(text)) return Buffer.from(text);
  const parts = text.split(oddByte);
  return Buffer.concat(
    parts.map((part, at) =>
      at % 2 === 1 ? Buffer.of(part.charCodeAt(0) - 0xdc00) : Buffer.from(part),
    ),
  );
}

/**
 * Whether `decoded` found bytes that are no UTF-8: only `encoded` gives such a text to the system
 * unchanged.
 */
export const hasOddBytes = (text: string): boolean => oddByte.test(text);

/**
 * Returns a glob with a wildcard for each byte that is no UTF-8, where the glob has to be written
 * down.
 */
export const wildly = (glob: string): string =>
  glob
    .split(oddByte)
    .filter((_, at) => at % 2 === 0)
    .join("?");

const oddByte = /(?<![\ud800-\udbff])([\udc80-\udcff])/;

/** Characters that a JSON document writes out besides those that JSON itself does not allow. */
export const unseenInJson =
  /[\x7f-\x9f\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

const harmless = /^[\n\t -~]*$/;
/** A complete CSI sequence of seven bits: it holds no text. */
const styleOrMovement = /\x1b\[[\d;:?]*[A-Za-z]/g;
/**
 * Control characters, lone surrogates, line separators, characters that a terminal draws as
 * nothing; and marks and Korean vowels with no letter of their own to join, or piled up into the
 * lines above.
 */
const unseen =
  /(?!\n|\t|\ufe0f)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]|\ufe0f(?<!\p{Extended_Pictographic}\ufe0f)|\p{M}(?<=(?:^|\s)\p{M}+|\p{M}{5})|[\u1160-\u11ff\ud7b0-\ud7fb](?<=(?:^|[^\u1100-\u11ff\ua960-\ua97c\uac00-\ud7fb])[\u1160-\u11ff\ud7b0-\ud7fb]+|[\u1160-\u11ff\ud7b0-\ud7fb]{5})/gu;
const utf8 =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

function writtenOut(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (char === "\r") return "\\r";
  if (code < 0x80) return `\\x${hex(code, 2)}`;
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${hex(code - 0xdc00, 2)}`;
  return code > 0xffff ? `\\u{${hex(code, 1)}}` : `\\u${hex(code, 4)}`;
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, "0");

/** Finds the known word that was probably meant; undefined when none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) {
      best = { word: candidate, distance };
    }
  }
  return best?.word;
}

/**
 * Measures the optimal string alignment: insertions, deletions, replacements and swaps of
 * neighbours.
 */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0;
  for (let i = 1; i <= a.length; i += 1) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let distance = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, at(i - 2, j - 2) + 1);
      }
      rows[i]?.push(distance);
    }
  }
  return at(a.length, b.length);
}
