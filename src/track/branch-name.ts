/** The reason why a branch cannot be made beside an existing branch. */
export interface Collision {
  /** The kind; `folder`: a ref is a path, so `feat` and `feat/x` exclude each other. */
  readonly kind: "same" | "folder";
  readonly branch: string;
}

/**
 * Finds an existing branch with which a branch collides. Case is folded: on a file system that
 * folds case, `Feat` and `feat` are the same file.
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
