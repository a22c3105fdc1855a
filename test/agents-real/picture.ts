/*
 * The picture that a person sees of a screen told by `tmux capture-pane -e`: its text, and the
 * style of each sign that is no blank. Invisible facts, such as the order of its escapes, are not
 * in it.
 */

/** The line that says how long a step took, and when, in words chosen at random. */
const random = /^\s*[✻✽✶✳✢·]\s+\S+ for .*|^\s*Worked for .*/;
/** Hints at the edge, which come and go by themselves. */
const hints = /\s*(?:tmux focus-events off .*|◐ \w+ · \/effort|← for agents|● high · \/effort)\s*/;

const styleOf = (former: string, codes: string): string => {
  const styles = new Set(former === "" ? [] : former.split(" "));
  const drop = (pattern: RegExp): void => {
    for (const style of styles) if (pattern.test(style)) styles.delete(style);
  };
  const all = codes === "" ? ["0"] : codes.split(";");
  for (let at = 0; at < all.length; at += 1) {
    const code = Number(all[at]);
    if (code === 0) styles.clear();
    else if (code === 38 || code === 48) {
      const length = all[at + 1] === "2" ? 5 : 3;
      drop(code === 38 ? /^fg/ : /^bg/);
      styles.add(`${code === 38 ? "fg" : "bg"}${all.slice(at + 1, at + length).join(";")}`);
      at += length - 1;
    } else if (code === 39) drop(/^fg/);
    else if (code === 49) drop(/^bg/);
    else if ((code >= 30 && code < 38) || code >= 90) {
      drop(/^fg/);
      styles.add(`fg${code}`);
    } else if (code === 22) drop(/^[12]$/);
    else if (code > 20 && code < 30) drop(new RegExp(`^${code - 20}$`));
    else styles.add(String(code));
  }
  return [...styles].toSorted().join(" ");
};

/** A bullet, which glows while something goes on. */
const glows = /^\s*[•●]/;

/** Returns the picture of a screen. @returns a line each of text, and of the styles of its signs */
export function pictureOf(screen: string): readonly string[] {
  let style = "";
  return screen.split("\n").flatMap((line) => {
    let text = "";
    const styles: string[] = [];
    for (const [part, codes, sign] of line.matchAll(/\x1b\[([\d;]*)m|\x1b[^[]|(.)/gu)) {
      if (codes !== undefined) style = styleOf(style, codes);
      if (sign === undefined) continue;
      text += part;
      if (sign.trim() !== "" && styles.at(-1) !== style) styles.push(style);
    }
    const shown = text.replace(hints, "").trimEnd();
    if (random.test(shown)) return ["(it took a while)"];
    if (shown !== text.trimEnd()) return [shown];
    return [shown, styles.slice(glows.test(shown) ? 1 : 0).join(", ")];
  });
}
