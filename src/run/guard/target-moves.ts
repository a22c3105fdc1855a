import type { Config } from "../../ground/config/config.ts";
import { branchRef, findCommit, isAncestor } from "../../ground/git/refs.ts";
import type { Ground } from "../../ground/ground.ts";
import type { Sha, TrackName } from "../../ground/ids.ts";
import { plainLine } from "../../ground/text.ts";
import { isLive } from "../../track/track.ts";
import { allTracks } from "../../track/track-store.ts";

/** A move of the target that no landing has made. */
export interface TargetMove {
  readonly from: Sha | undefined;
  readonly to: Sha | undefined;
  /** The track whose own commits the target has now, untested; undefined where no track's. */
  readonly track: TrackName | undefined;
  /** The first line of its newest commit. */
  readonly subject: string;
}

/** A watch for moves of the target that no landing has made. */
export class TargetMoves {
  readonly #ground: Ground;
  readonly #config: Config;
  #tip: Sha | undefined;
  #cursor = 0;

  constructor(ground: Ground, config: Config) {
    this.#ground = ground;
    this.#config = config;
  }

  async begin(): Promise<void> {
    this.#cursor = this.#ground.store.lastSeq();
    this.#tip = await this.#find();
  }

  /**
   * Looks for a move.
   * @returns undefined when the target is where the last look, or a landing since, has left it
   */
  async look(): Promise<TargetMove | undefined> {
    const { store, git } = this.#ground;
    const to = await this.#find();
    const landed = store
      .events(this.#cursor)
      .flatMap((event) => (event.type === "landing.landed" ? (event.commit ?? []) : []));
    this.#cursor = store.lastSeq();
    const from = this.#tip;
    if (to === from) return undefined;
    this.#tip = to;
    if (to !== undefined && landed.includes(to)) return undefined;
    const track = to === undefined ? undefined : await this.#ownerOf(to);
    const subject = to === undefined ? "" : await git.text(["log", "-1", "--format=%s", to]);
    return { from, to, track, subject: plainLine(subject) };
  }

  async #find(): Promise<Sha | undefined> {
    return await findCommit(this.#ground.git, branchRef(this.#config.target));
  }

  /** Finds the track that made a commit: the commit is on its branch, and not in its base. */
  async #ownerOf(commit: Sha): Promise<TrackName | undefined> {
    const { store, git } = this.#ground;
    for (const { name, branch, base } of allTracks(store).filter(isLive)) {
      const tip = await findCommit(git, branchRef(branch));
      if (tip === undefined || !(await isAncestor(git, commit, tip))) continue;
      if (!(await isAncestor(git, commit, base))) return name;
    }
    return undefined;
  }
}
