import { normalise, saysAll } from "../likeness.ts";
import { type Box, isDone } from "../nodes.ts";
import { type Three, threeWay } from "./three-way.ts";

/**
 * Whether one side has ticked the words of the base while the other side's words may be another
 * task: likeness alone hands no tick on, so both stay.
 */
export function isReplaced({ base, ours, theirs }: Three<Box | undefined>): boolean {
  if (base === undefined || ours === undefined || theirs === undefined) return false;
  if (isDone(base) || isDone(ours) === isDone(theirs)) return false;
  const [done, open] = isDone(ours) ? [ours, theirs] : [theirs, ours];
  if (done.id !== undefined && done.id === open.id) return false;
  return (
    done.title === base.title &&
    open.title !== base.title &&
    !saysAll(open.title, base.title) &&
    !saysAll(base.title, open.title)
  );
}

/** Chooses the side whose first line stands; undefined when both changed its words. */
export function mergeHeads(base: Box | undefined, ours: Box, theirs: Box): Box | undefined {
  const headOf = (box: Box | undefined): string | undefined => box?.head.join("\n");
  const winner = threeWay({ base: headOf(base), ours: headOf(ours), theirs: headOf(theirs) });
  if (winner !== undefined) return winner === headOf(ours) ? ours : theirs;
  const saysOf = (box: Box): string => normalise(box.words);
  const says = threeWay({
    base: base === undefined ? undefined : saysOf(base),
    ours: saysOf(ours),
    theirs: saysOf(theirs),
  });
  if (says !== undefined) return says === saysOf(ours) ? ours : theirs;
  // The same words, to which one side has given an id.
  const plain = ({ words, id }: Box): string => normalise(words.replace(`id:${id}`, ""));
  if (plain(ours) !== plain(theirs)) return undefined;
  return ours.id === undefined ? theirs : ours;
}
