/**
 * A call between every two instructions of a program that could be killed there. In production it
 * does nothing; the kill tests set `PLEACH_FAULT` and die, or stop, for real.
 */
export type Fault = (point: string) => Promise<void> | void;

export const noFault: Fault = () => undefined;

/** Reads `PLEACH_FAULT`: `POINT` or `POINT=SIGSTOP`, where a point is `kind:step:intent`. */
export function parseFault(text: string | undefined): Fault {
  if (text === undefined || text === "") return noFault;
  const [wanted, signal = "SIGKILL"] = text.split("=");
  return async (point) => {
    if (point !== wanted) return;
    process.kill(process.pid, signal as NodeJS.Signals);
    // A signal to the own process arrives a moment later; nothing more may be done until then.
    if (signal === "SIGKILL") await new Promise(() => setInterval(() => undefined, 1_000));
  };
}
