/** Why a branch cannot be made beside one that exists. */
export interface Collision {
  /** `folder`: a ref is a path, so `feat` and `feat/x` exclude each other. */
  readonly kind: "same" | "folder";
  readonly branch: string;
}

/**
 * Whether a branch collides with one of those that exist. Case is folded: on a file system that
 * does, `Feat` and `feat` are one file.
 */
export function findCollision(branch: string, existing: Iterable<string>): Collision | undefined {
  const wanted = fold(branch);
  for (const other of existing) {
    const there = fold(other);
    if (there === wanted) return { kind: "same", branch: other };
    if (there.startsWith(`${wanted}/`) || wanted.startsWith(`${there}/`)) {
      return { kind: "folder", branch: other };
    }
  }
  return undefined;
}

function fold(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/** Whether a path is a folder or below it; both absolute and without links. */
export function isPathWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
