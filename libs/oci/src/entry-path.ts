import { hash } from 'node:crypto';
import { basename, isAbsolute, resolve, win32 } from 'node:path';
import { ArchiveError, quoteName } from './errors.js';

export interface ArchiveLimits {
  maxEntries: number;
  /** Segments of a path. */
  maxDepth: number;
  maxPathBytes: number;
  /** The sum of the sizes of all files. */
  maxTotalBytes: number;
}

export const defaultArchiveLimits: ArchiveLimits = {
  maxEntries: 100_000,
  maxDepth: 64,
  maxPathBytes: 1024,
  maxTotalBytes: 64 * 2 ** 30,
};

/** What file systems allow as one name. */
const maxSegmentBytes = 255;

/** Throws `ArchiveError` unless the path is relative, plain, within the limits and (given a prefix) at or under that folder. */
export function checkEntryPath(path: string, limits: ArchiveLimits = defaultArchiveLimits, prefix?: string): void {
  const refuse = (why: string): never => {
    throw new ArchiveError(`archive entry ${quoteName(path)} ${why}`, path);
  };
  if (path === '') refuse('has an empty name');
  if (path.includes('\0')) refuse('has a NUL in its name');
  if (/\p{Cc}/u.test(path)) refuse('has a control character in its name');
  if (!path.isWellFormed()) refuse('has a name that is not valid Unicode');
  if (path.includes('\\')) refuse('has a backslash in its name');
  if (path.startsWith('/')) refuse('is an absolute path');
  if (/^[A-Za-z]:/.test(path)) refuse('starts with a drive letter');
  const segments = path.split('/');
  if (segments.includes('..')) refuse('has a .. segment');
  if (segments.includes('.') || segments.includes('')) refuse('has an empty or . segment');
  if (segments.length > limits.maxDepth) refuse(`is nested deeper than ${limits.maxDepth} folders`);
  if (Buffer.byteLength(path) > limits.maxPathBytes) refuse(`has a path of more than ${limits.maxPathBytes} bytes`);
  if (segments.some((segment) => Buffer.byteLength(segment) > maxSegmentBytes))
    refuse(`has a name of more than ${maxSegmentBytes} bytes`);
  if (prefix !== undefined && path !== prefix && !path.startsWith(`${prefix}/`)) refuse(`is outside ${prefix}/`);
}

/**
 * Where a file or folder lands in the image: `app/<path as typed>`; `app/<base name>` for an absolute path or one with `..`.
 * `.` takes the name of the working folder.
 */
export function targetPathOf(typedPath: string, cwd: string): string {
  const typed = typedPath.replaceAll('\\', '/');
  const segments = typed.split('/').filter((segment) => segment !== '' && segment !== '.');
  const nameOnly = segments.length === 0 || segments.includes('..') || isAbsolute(typed) || win32.isAbsolute(typed);
  const relative = nameOnly ? basename(resolve(cwd, typed)) : segments.join('/');
  if (relative === '')
    throw new ArchiveError(`${quoteName(typedPath)} has no name to keep it under; name a file or a folder below it`, typedPath);
  const path = `app/${relative}`;
  checkEntryPath(path);
  return path;
}

export function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** Remembers the entries of one archive. It keeps hashes, so that 100,000 long names cost a few megabytes. */
export class PathLedger {
  private readonly seen = new Set<string>();
  private readonly folded = new Set<string>();
  private readonly directories = new Set<string>();
  private last: string | undefined;

  /** `canonical`: in bytewise order, each after the folder it is in. `foldCase`: refuse names that one folder of a Mac or Windows could not hold together. */
  constructor(private readonly rules: { canonical: boolean; foldCase: boolean }) {}

  add(path: string, kind: 'file' | 'directory'): void {
    const key = keyOf(path);
    if (this.seen.has(key)) throw new ArchiveError(`archive entry ${quoteName(path)} appears twice`, path);
    if (this.rules.canonical) this.checkPlace(path);
    if (this.rules.foldCase) this.checkFold(path);
    this.seen.add(key);
    if (kind === 'directory') this.directories.add(key);
    this.last = path;
  }

  private checkPlace(path: string): void {
    if (this.last !== undefined && compareBytes(this.last, path) > 0) {
      throw new ArchiveError(
        `archive entry ${quoteName(path)} is out of order: entries are sorted by the bytes of their paths`,
        path,
      );
    }
    const slash = path.lastIndexOf('/');
    if (slash > 0 && !this.directories.has(keyOf(path.slice(0, slash)))) {
      throw new ArchiveError(`archive entry ${quoteName(path)} has no directory entry for its folder before it`, path);
    }
  }

  private checkFold(path: string): void {
    const key = keyOf(foldName(path));
    if (this.folded.has(key)) {
      throw new ArchiveError(`archive entry ${quoteName(path)} differs from another one only in case or Unicode form`, path);
    }
    this.folded.add(key);
  }
}

function keyOf(text: string): string {
  return hash('sha256', text, 'base64');
}

/** Upper before lower case folds ß with ss and ς with σ; NFKC, applied last too, folds every spelling of a character. */
function foldName(path: string): string {
  return path.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}
