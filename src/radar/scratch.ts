import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
} from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { openScratchObjects, type ScratchObjects } from "../ground/git/scratch-objects.ts";
import { isGone } from "../ground/proc/identity.ts";

/** The number of looks after which everything is looked at afresh. */
const looksPerScratch = 500;
/**
 * The age in milliseconds, an hour, after which the leftovers of a killed look are removed: they
 * use memory.
 */
const leftoverMs = 3_600_000;

const ramDisk = "/dev/shm";
const tmpfsMagic = 0x01_02_19_94;
/**
 * The free memory in bytes below which no new scratch is made in memory, and below which existing
 * scratch is given up.
 */
const roomToBegin = 1024 ** 3;
const roomToGoOn = 256 * 1024 ** 2;

/**
 * Returns the beginning of the names of a repository's scratch folders: in memory where the system
 * offers memory with room to spare, as a merge writes many small files; else in the state folder.
 */
export function scratchPrefixOf(stateDir: string): string {
  return hasRoom(ramDisk, roomToBegin) ? inMemory(stateDir) : onDisk(stateDir);
}

const onDisk = (stateDir: string): string => join(stateDir, "radar", "radar-");

function inMemory(stateDir: string): string {
  const key = createHash("sha256").update(stateDir).digest("hex").slice(0, 16);
  return `${ownMemory()}${key}-`;
}

/** Returns the beginning of the names of all of the user's scratch folders in memory. */
const ownMemory = (): string => join(ramDisk, `pleach-${userInfo().uid}-`);

function hasRoom(folder: string, bytes: number): boolean {
  try {
    const { type, bavail, bsize } = statfsSync(folder);
    return type === tmpfsMagic && bavail * bsize >= bytes;
  } catch {
    return false;
  }
}

/**
 * Removes the leftovers of killed looks; in memory the leftovers of any repository, as that
 * repository may never be looked at again. @param now epoch milliseconds
 */
export function sweepScratch(stateDir: string, now: number): void {
  for (const prefix of [onDisk(stateDir), ownMemory()]) {
    const root = dirname(prefix);
    if (!existsSync(root)) continue;
    for (const name of readdirSync(root)) {
      const old = join(root, name);
      if (old.startsWith(prefix)) sweepOne(old, now - leftoverMs);
    }
  }
}

function sweepOne(folder: string, before: number): void {
  try {
    // This file is written anew with each look.
    const used = statSync(join(folder, "objects/info/alternates"), { throwIfNoEntry: false });
    const { mtimeMs } = used ?? statSync(folder);
    if (mtimeMs < before) rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    // Another process removed the folder, or the folder is another user's.
    if (!isGone(error) && !isForbidden(error)) throw error;
  }
}

const isForbidden = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM");

export interface ScratchSetup {
  /** Returns the beginning of a new folder's name; asked each time a folder is needed. */
  readonly scratchPrefix: () => string;
  readonly commonDir: string;
  /** The top of the main checkout: its attributes steer merges. */
  readonly top: string;
}

/** The scratch objects of a radar: its kept results point into them. */
export class Scratch {
  readonly #setup: ScratchSetup;
  #folder: string | undefined;
  #looks = 0;
  #steering = "";

  constructor(setup: ScratchSetup) {
    this.#setup = setup;
  }

  /**
   * Opens the scratch, which is replaced now and then, and when files that steer merges have
   * changed.
   */
  open(): { readonly objects: ScratchObjects; readonly isNew: boolean } {
    const { commonDir, scratchPrefix } = this.#setup;
    const steering = this.#steeringNow();
    this.#looks += 1;
    const isSpent = this.#looks > looksPerScratch || steering !== this.#steering;
    if (isSpent || isCrowded(this.#folder)) this.close();
    this.#steering = steering;
    // A folder swept away meanwhile is made anew: the kept results point into the old folder.
    const known = this.#folder !== undefined && existsSync(this.#folder) ? this.#folder : undefined;
    if (known !== undefined) return { objects: openScratchObjects(known, commonDir), isNew: false };
    const prefix = scratchPrefix();
    mkdirSync(dirname(prefix), { recursive: true });
    this.#folder = mkdtempSync(prefix);
    this.#looks = 1;
    return { objects: openScratchObjects(this.#folder, commonDir), isNew: true };
  }

  close(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }

  #steeringNow(): string {
    const { commonDir, top } = this.#setup;
    return [
      join(commonDir, "info/attributes"),
      join(commonDir, "config"),
      join(top, ".gitattributes"),
    ]
      .map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs)
      .join();
  }
}

const isCrowded = (folder: string | undefined): boolean =>
  folder?.startsWith(`${ramDisk}/`) === true && !hasRoom(ramDisk, roomToGoOn);
