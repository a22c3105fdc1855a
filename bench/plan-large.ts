/** Plans the large backlog once; prints the seconds it took, and makespan over lower bound. */
import { plan } from "../src/plan/plan.ts";
import { largeInput, seeded } from "./plan.ts";

const input = largeInput(seeded(7));
const began = performance.now();
const { makespanMinutes, lowerBoundMinutes } = plan(input);
const seconds = (performance.now() - began) / 1_000;
process.stdout.write(`${seconds} ${makespanMinutes / lowerBoundMinutes}\n`);
