/*
 * How much is tried of what can be tried for hours. `npm test` kills every step and every kind of gate
 * that the code knows, once; `npm run test:deep` does so at every moment, fills a disk at all of them,
 * and draws more of what is drawn.
 */
const isDeep = process.env["PLEACH_TEST_DEPTH"] === "deep";

/** How many are drawn. */
export const draws = (usual: number, deep: number): number => (isDeep ? deep : usual);

/** Those that are tried every time, and those that the deep tests try besides. */
export const tried = <One>(usual: readonly One[], deeper: readonly One[]): readonly One[] =>
  isDeep ? [...usual, ...deeper] : usual;

/** All of them where it is deep, else those at places that are usual. */
export const sample = <One>(all: readonly One[], isUsual: (at: number) => boolean) =>
  tried(
    all.filter((_, at) => isUsual(at)),
    all.filter((_, at) => !isUsual(at)),
  );

/** The moments of a step at which its program is killed. */
export const killMoments = tried<"intent" | "acted" | "result">(["acted"], ["intent", "result"]);
