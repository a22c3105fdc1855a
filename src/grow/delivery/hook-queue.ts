import { mkdirSync, readdirSync, rmSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { Utterance } from "../../agents/conversation.ts";
import type { Ground } from "../../ground/ground.ts";
import type { TrackName } from "../../ground/ids.ts";
import { writeWhole } from "../../ground/whole-file.ts";
import { trackFiles } from "../../track/track-files.ts";

/**
 * Most bytes of a message for a hook: an agent program cuts a hook's output at 10 000 characters,
 * and the script stays below that, too.
 */
const mostBytes = 7_500;

/** `000001-UUID.waits`, numbered in the order of telling; `.given` once a hook has claimed it. */
const nameForm = /^(?<name>\d{6}-(?<utterance>.+))\.(?<state>waits|given)$/;

/**
 * The messages that wait for an agent's hooks: a file each, in the track's state folder. A hook
 * claims a message by renaming its file, we take it back by removing the file: whichever is first,
 * the other finds nothing.
 */
export class HookQueue {
  readonly #folder: string;
  #count = 0;

  constructor({ repo }: Pick<Ground, "repo">, track: TrackName) {
    this.#folder = trackFiles(repo.stateDir, track).post;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /**
   * Lays a message down for the next hook, escaped so that a shell may put it into JSON unseen. The
   * message carries its id, by which it is found in the program's own record.
   * @returns the name by which hooks know the message; undefined when it is too long for a hook
   */
  put({ id, text }: Utterance): string | undefined {
    const line = JSON.stringify(`${text}\n\n(${id})\n\n`).slice(1, -1);
    if (Buffer.byteLength(line) > mostBytes) return undefined;
    this.#count += 1;
    const name = `${String(this.#count).padStart(6, "0")}-${id}`;
    writeWhole(join(this.#folder, `${name}.waits`), `${line}\n`);
    return name;
  }

  /** Takes a message back; @returns false when a hook has claimed it */
  takeBack(name: string): boolean {
    try {
      unlinkSync(join(this.#folder, `${name}.waits`));
      return true;
    } catch {
      return false;
    }
  }

  /** Forgets a message whose fate is known. */
  forget(name: string): void {
    rmSync(join(this.#folder, `${name}.given`), { force: true });
  }

  /**
   * Clears all that a former supervisor left.
   * @returns the utterances that no hook had claimed, and those that a hook had
   */
  clear(): { readonly unclaimed: ReadonlySet<string>; readonly claimed: ReadonlySet<string> } {
    const unclaimed = new Set<string>();
    const claimed = new Set<string>();
    for (const file of readdirSync(this.#folder)) {
      const { name = "", utterance = "", state } = nameForm.exec(file)?.groups ?? {};
      if (state === "waits" && this.takeBack(name)) unclaimed.add(utterance);
      else if (state !== undefined) claimed.add(utterance);
      rmSync(join(this.#folder, state === undefined ? file : `${name}.given`), { force: true });
    }
    return { unclaimed, claimed };
  }
}
