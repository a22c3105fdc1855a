import { parseFault } from "../../src/ground/fault.ts";
import { type Ground, openGround } from "../../src/ground/ground.ts";
import { testEnv } from "./env.ts";

/**
 * Opens the ground of a program that runs apart, which dies or stops where PLEACH_FAULT says;
 * processes that it starts do not. The program is bundled, so it cannot tell by itself where the
 * checkout is.
 */
export async function openApart(folder: string, launcher = process.argv[1] ?? ""): Promise<Ground> {
  const { PLEACH_FAULT: fault, ...env } = testEnv();
  const pleach = [process.execPath, launcher] as const;
  return await openGround({ folder, env, pleach, fault: parseFault(fault) });
}
