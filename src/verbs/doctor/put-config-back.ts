import { type Invocation, openGround } from "../../ground/ground.ts";
import { restoreConfig } from "../../run/guard/kept-config.ts";

/** Puts .git/config back as it was when workers started; @returns where the former file is kept */
export async function putConfigBack(invocation: Invocation): Promise<string> {
  return restoreConfig(await openGround(invocation, "state"));
}
