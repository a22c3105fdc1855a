import { join } from "node:path";
import type { ExactEnv } from "../proc/run.ts";
import { findRegistration, folderState, isAdminOf } from "./registration.ts";

/** A repository, as far as it decides how git is led to its worktrees. */
export interface Home {
  readonly commonDir: string;
  readonly mainTop: string;
  /** The top of the worktree the command runs in. */
  readonly top: string;
}

/** The way git gets to the repository of a folder. */
export type Placement =
  /** By these variables: no `.git` in the folder, and no repository around or in it, has a say. */
  | {
      readonly kind: "led";
      readonly env: ExactEnv;
      readonly gitDir: string;
      readonly links: boolean;
    }
  /** By looking around the folder, as git does by itself. */
  | { readonly kind: "looking" }
  /** Not at all: git has no such worktree registered. */
  | { readonly kind: "stranger" };

/** The folders in which git keeps what belongs to each worktree, remembered from call to call. */
export class Placements {
  readonly #home: Home;
  readonly #admins = new Map<string, string>();

  constructor(home: Home) {
    this.#home = home;
  }

  of(folder: string): Placement {
    const { commonDir, mainTop, top } = this.#home;
    if (folder === mainTop && join(mainTop, ".git") === commonDir) {
      const env = { GIT_DIR: commonDir, GIT_WORK_TREE: mainTop };
      return { kind: "led", env, gitDir: commonDir, links: true };
    }
    const known = this.#admins.get(folder);
    if (known !== undefined && isAdminOf(known, folder)) return this.#led(known, folder);
    const found = findRegistration(commonDir, folder);
    if (found !== undefined) {
      this.#admins.set(folder, found.admin);
      return this.#led(found.admin, folder);
    }
    return folder === mainTop || folder === top ? { kind: "looking" } : { kind: "stranger" };
  }

  #led(admin: string, folder: string): Placement {
    const { commonDir } = this.#home;
    const env = { GIT_DIR: admin, GIT_COMMON_DIR: commonDir, GIT_WORK_TREE: folder };
    return { kind: "led", env, gitDir: admin, links: folderState(folder, admin) === "there" };
  }
}
