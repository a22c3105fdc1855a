import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder that is a small disk of its own, for the test. */
export interface Disk {
  /** Leaves no room. */
  fill(): void;
  /** Makes room again. */
  free(): void;
}

/** Mounts over a folder for the test; returns whether this machine permits that (only root may). */
export function mount(folder: string, ...args: readonly string[]): boolean {
  try {
    execFileSync("mount", [...args, folder], { stdio: "pipe" });
  } catch {
    return false;
  }
  onTestFinished(() => {
    if (isMounted(folder)) execFileSync("umount", ["--lazy", folder], { stdio: "pipe" });
  });
  return true;
}

export const isMounted = (folder: string): boolean =>
  readFileSync("/proc/self/mounts", "utf8").includes(` ${folder} `);

/** @returns undefined when this machine does not permit mounting */
export function smallDisk(folder: string, megabytes: number): Disk | undefined {
  mkdirSync(folder, { recursive: true });
  if (!mount(folder, "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs")) return undefined;
  const ballast = join(folder, ".ballast");
  return {
    fill: () => {
      try {
        writeFileSync(ballast, Buffer.alloc((megabytes + 1) << 20));
      } catch (error) {
        if (!String(error).includes("ENOSPC")) throw error;
      }
    },
    free: () => writeFileSync(ballast, ""),
  };
}
