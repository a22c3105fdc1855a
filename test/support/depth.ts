/*
 * How much is tried of what can be tried for hours. `npm test` comes to every state, step and kind
 * that the code knows, in minutes; `npm run test:deep` to each of them at every moment, and draws
 * more of what is drawn.
 */
const isDeep = process.env["PLEACH_TEST_DEPTH"] === "deep";

/** How many are drawn. */
export const draws = (usual: number, deep: number): number => (isDeep ? deep : usual);

/** Every second one, from the first (0) or from the second (1). */
export const everySecond = <One>(all: readonly One[], from: 0 | 1): readonly One[] =>
  all.filter((_, at) => at % 2 === from);

/** Those that are tried every time, and those that the deep tests try besides. */
export const moments = <One>(usual: readonly One[], deeper: readonly One[]): readonly One[] =>
  isDeep ? [...usual, ...deeper] : usual;
