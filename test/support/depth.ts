/*
 * How much is tried of all that could be tried for hours. `npm test` kills every step and every
 * kind of gate that the code knows, once; `npm run test:deep` does so at every moment, fills a disk
 * at all of them, and draws more random cases.
 */
const isDeep = process.env["PLEACH_TEST_DEPTH"] === "deep";

/** Returns how many random cases are drawn. */
export const draws = (usual: number, deep: number): number => (isDeep ? deep : usual);

/** Lists the cases that are tried every time, and those that the deep tests try besides. */
export const tried = <One>(usual: readonly One[], deeper: readonly One[]): readonly One[] =>
  isDeep ? [...usual, ...deeper] : usual;

/** Returns all cases for the deep tests, else those at usual places. */
export const sample = <One>(all: readonly One[], isUsual: (at: number) => boolean) =>
  tried(
    all.filter((_, at) => isUsual(at)),
    all.filter((_, at) => !isUsual(at)),
  );

/** The moments of a step at which its program is killed. */
export const killMoments = tried<"intent" | "acted" | "result">(["acted"], ["intent", "result"]);
