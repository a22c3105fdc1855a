import { dirname, join } from "node:path";
import type { Launch, LaunchRequest } from "./launch.ts";

/**
 * The longest argument, in bytes: Linux takes less than 128 KiB for one argument, and macOS 1 MiB
 * for all with the environment.
 */
export const maxArgumentBytes = 120 * 1024;

/**
 * Makes the launch of a request fit for the system: a prompt that cannot be an argument (too long,
 * or with a NUL) is put into a file of the worktree, and the argument names the file. Every launch
 * goes through here.
 */
export function fitting(
  launch: (request: LaunchRequest) => Launch,
  request: LaunchRequest,
): Launch {
  const whole = launch(request);
  if (whole.argv.every(isArgument)) return whole;
  const path = join(dirname(request.promptFile), "told.md");
  const short = launch({ ...request, prompt: pointTo(path, request.worktree) });
  return { ...short, files: [...(short.files ?? []), { path, text: request.prompt }] };
}

const isArgument = (part: string): boolean =>
  Buffer.byteLength(part) <= maxArgumentBytes && !part.includes("\0");

function pointTo(path: string, worktree: string): string {
  const inside = path.startsWith(`${worktree}/`) ? path.slice(worktree.length + 1) : path;
  return `# Read this first

What you are to do is too long to be said here. It stands in the file \`${inside}\` of this worktree: read it to its end, in parts where you have to, and do what it says as if it stood here.
`;
}
