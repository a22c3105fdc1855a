/** Parses lines such as `2026-01-31 food 12.50` into entries; amounts are in cents. */
export function parse(text) {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [date, category, amount] = line.trim().split(/\s+/);
      return { date, category, cents: Math.round(Number(amount) * 100) };
    });
}
