import { mkdirSync, readdirSync, rmSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { Utterance } from "../../agents/conversation.ts";
import type { Ground } from "../../ground/ground.ts";
import type { TrackName } from "../../ground/ids.ts";
import { writeWhole } from "../../ground/whole-file.ts";
import { trackFiles } from "../../track/track-files.ts";

/** An agent program cuts what a hook tells it at 10 000 characters; the script stays below, too. */
const mostBytes = 7_500;

/** `000001-UUID.waits`, in the order in which it is to be told; `.given` once a hook claimed it. */
const nameForm = /^(?<name>\d{6}-(?<utterance>.+))\.(?<state>waits|given)$/;

/**
 * Where messages wait for an agent's hooks: a file each, in the track's state folder. A hook claims
 * one by renaming it, we take it back by removing it: whichever is first, the other finds nothing.
 */
export class HookQueue {
  readonly #folder: string;
  #count = 0;

  constructor({ repo }: Pick<Ground, "repo">, track: TrackName) {
    this.#folder = trackFiles(repo.stateDir, track).post;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /**
   * Lays something down for the next hook, as a shell may put it into JSON without looking at it.
   * Its id stands in it: by that the program's own record shows it.
   * @returns the name hooks know it by; undefined when it is too long for a hook
   */
  put({ id, text }: Utterance): string | undefined {
    const line = JSON.stringify(`${text}\n\n(${id})\n\n`).slice(1, -1);
    if (Buffer.byteLength(line) > mostBytes) return undefined;
    this.#count += 1;
    const name = `${String(this.#count).padStart(6, "0")}-${id}`;
    writeWhole(join(this.#folder, `${name}.waits`), `${line}\n`);
    return name;
  }

  /** @returns false when a hook has claimed it */
  takeBack(name: string): boolean {
    try {
      unlinkSync(join(this.#folder, `${name}.waits`));
      return true;
    } catch {
      return false;
    }
  }

  /** Its fate is known. */
  forget(name: string): void {
    rmSync(join(this.#folder, `${name}.given`), { force: true });
  }

  /** Clears what a former supervisor left; @returns which utterances no hook had claimed, and which one had */
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
