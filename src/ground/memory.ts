import { setFlagsFromString } from "node:v8";

/**
 * Keeps the memory of a long-lived process small, at the price of a little speed: else the engine
 * lets its young generation grow with the data that passes through it, and gives nothing back. Call
 * it before there is much to do.
 */
export function keepMemorySmall(): void {
  setFlagsFromString("--optimize-for-size");
}
