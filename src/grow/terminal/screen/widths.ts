import { createRequire } from "node:module";
import type { IUnicodeVersionProvider, Terminal } from "@xterm/headless";
import { eastAsianWidthType } from "get-east-asian-width";

/** The name under which an emulator knows the table. */
const version = "current";

/*
 * A character's properties as the emulator packs them into one number: bit 0 says that it joins the
 * cell before it, bits 1 and 2 hold its width, the rest is the segmentation's own state.
 */
const widthMask = 0b110;
const wide = 2 << 1;
const narrow = 1 << 1;

type Registry = Pick<Terminal["unicode"], "register">;

/**
 * Lets an emulator measure text as terminals of today do: grapheme clusters (joined emoji, flags,
 * skin tones) take the cells of one character, and emoji of the newest Unicode are two cells wide.
 * The addon's own table of widths ends with Unicode 13, so its narrow characters are looked up
 * anew.
 */
export function useCurrentWidths(terminal: Terminal): void {
  const addon = loadClusters();
  const clusters: IUnicodeVersionProvider[] = [];
  const registry: Registry = { register: (provider) => void clusters.push(provider) };
  new addon.UnicodeGraphemesAddon().activate({ unicode: registry } as Terminal);
  const provider = clusters.find((one) => one.version.endsWith("graphemes"));
  if (provider === undefined) return;
  terminal.unicode.register({
    version,
    wcwidth: (code) => (isWide(code) ? 2 : provider.wcwidth(code)),
    charProperties: (code, preceding) => {
      const found = provider.charProperties(code, preceding);
      const isNarrow = (found & widthMask) === narrow && (found & 1) === 0;
      return isNarrow && isWide(code) ? (found & ~widthMask) | wide : found;
    },
  });
  terminal.unicode.activeVersion = version;
}

type Clusters = typeof import("@xterm/addon-unicode-graphemes");

/**
 * Loads the addon while Node hands out no buffer of its shared pool. The addon takes the head of
 * its table from the head of the buffer's memory, which in a pool belongs to an earlier buffer:
 * widths came out wrong, the loading failed, or never ended (xtermjs/xterm.js, issue 6079). Nothing
 * else runs meanwhile, because the loading is synchronous.
 */
function loadClusters(): Clusters {
  const { poolSize } = Buffer;
  Buffer.poolSize = 0;
  try {
    return createRequire(import.meta.url)("@xterm/addon-unicode-graphemes") as Clusters;
  } finally {
    Buffer.poolSize = poolSize;
  }
}

function isWide(code: number): boolean {
  if (code < 0x1100) return false;
  const type = eastAsianWidthType(code);
  return type === "wide" || type === "fullwidth";
}
