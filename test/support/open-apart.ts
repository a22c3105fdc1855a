import { parseFault } from "../../src/ground/fault.ts";
import { type Ground, openGround } from "../../src/ground/ground.ts";
import { testEnv } from "./env.ts";

/**
 * The ground of a program that runs apart, which dies or stops where PLEACH_FAULT says; what it
 * starts in turn does not. It is bundled, so it cannot tell by itself where the checkout is.
 */
export async function openApart(folder: string, launcher = process.argv[1] ?? ""): Promise<Ground> {
  const { PLEACH_FAULT: fault, ...env } = testEnv();
  const pleach = [process.execPath, launcher] as const;
  return await openGround({ folder, env, pleach, fault: parseFault(fault) });
}
