import type { ArchiveSummary, Digest, EntryHeader } from '#slipway/oci';

/** Every archive lies below this folder, which becomes `/app` of the image. */
export const archivePrefix = 'app';

export interface ArchiveFacts {
  /** The file or folder below `app/` that the archive holds; empty for an archive of nothing. */
  path: string;
  kind: 'file' | 'directory';
  files: number;
  directories: number;
  totalBytes: number;
  /** Of the one file; null for anything else. */
  contentDigest: Digest | null;
}

/**
 * Finds the one file or folder that an archive holds: from `app` down as long as a folder has a single child. So a folder that
 * was typed as `lib` and holds only `lib/text` has the path `lib/text`: the archive does not tell the two apart, and the files
 * land at the same places.
 */
export class RootFinder {
  private root: string | undefined;
  private forked = false;
  /** What lies at the path. */
  kind: EntryHeader['kind'] = 'directory';

  /** To be called for each entry in the archive's order: a folder before what it holds. */
  add(entry: Pick<EntryHeader, 'path' | 'kind'>): void {
    if (this.root === undefined || (!this.forked && entry.path.startsWith(`${this.root}/`))) {
      this.root = entry.path;
      this.kind = entry.kind;
      return;
    }
    this.forked = true;
    this.kind = 'directory';
    while (!entry.path.startsWith(`${this.root}/`) && this.root.includes('/'))
      this.root = this.root.slice(0, this.root.lastIndexOf('/'));
  }

  /** Below `app/`; empty when the archive holds nothing, or more than one file or folder. */
  get path(): string {
    return (this.root ?? '').slice(archivePrefix.length + 1);
  }
}

export function toFacts(summary: ArchiveSummary, root: Pick<RootFinder, 'path' | 'kind'>): ArchiveFacts {
  const { files, directories, totalBytes, contentDigest } = summary;
  const { path, kind } = root;
  return { path, kind, files, directories, totalBytes, contentDigest: kind === 'file' ? (contentDigest ?? null) : null };
}
