import type { Digest } from '#slipway/oci';

/** Something that lies below `/app`: a model or an asset. */
export interface Placed {
  /** For people: `model 'iris' version 2`. */
  label: string;
  /** Models are told apart even when their bytes are the same. */
  modelId?: string;
  digest: Digest;
  path: string;
}

export type FilesOf = (placed: Placed) => Promise<ReadonlyMap<string, Digest>>;

export interface Collision {
  path: string;
  one: Placed;
  other: Placed;
}

/**
 * Finds a path that two things claim. Folders may share a parent, and the same file may come twice with the same bytes
 * (`-f src/score.py -d src`); two models never share a path. Files are read only where one path lies in the other.
 */
export async function findCollision(all: readonly Placed[], filesOf: FilesOf): Promise<Collision | undefined> {
  for (const [at, one] of all.entries()) {
    for (const other of all.slice(at + 1)) {
      const twoModels = one.modelId !== undefined && other.modelId !== undefined;
      if (!isWithin(one.path, other.path) && !isWithin(other.path, one.path)) continue;
      if (one.digest === other.digest && !twoModels) continue;
      const path = claimedTwice(await filesOf(one), await filesOf(other), twoModels);
      if (path !== undefined) return { path, one, other };
    }
  }
  return undefined;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function claimedTwice(one: ReadonlyMap<string, Digest>, other: ReadonlyMap<string, Digest>, strict: boolean): string | undefined {
  for (const [path, digest] of one) {
    const same = other.get(path);
    if (same !== undefined && (strict || same !== digest)) return path;
  }
  return fileAsFolder(one, other) ?? fileAsFolder(other, one);
}

/** A path that is a file in the one and a folder in the other. */
function fileAsFolder(files: ReadonlyMap<string, Digest>, deeper: ReadonlyMap<string, Digest>): string | undefined {
  for (const path of deeper.keys()) {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const folder = path.slice(0, slash);
      if (files.has(folder)) return folder;
    }
  }
  return undefined;
}
