import { isUtf8 } from 'node:buffer';
import { checkEntryPath, PathLedger, type ArchiveLimits } from './entry-path.js';
import { ArchiveError, quoteName } from './errors.js';
import { blockBytes, checksumOf, encodeEntryHeader, paddingOf, type EntryHeader } from './tar-header.js';

export type ScanToken = { type: 'entry'; entry: EntryHeader } | { type: 'data'; bytes: Buffer } | { type: 'entry-end' };

export interface ScanRules {
  /** Exactly what the canonical writer writes; else any pax or ustar archive of regular files and folders. */
  canonical: boolean;
  /** The folder that every entry is or lies in. */
  prefix?: string;
  limits: ArchiveLimits;
}

const refusedTypes: Record<string, string> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a fifo',
  '7': 'a contiguous file',
  D: 'a GNU directory dump',
  K: 'a GNU long link name',
  L: 'a GNU long name (the archive is not in pax format)',
  M: 'a part of a multi-volume archive',
  S: 'a sparse file',
  V: 'a volume label',
  X: 'an old extended header',
  g: 'a global pax header',
};
const harmlessPaxKeys = new Set([
  'atime',
  'ctime',
  'mtime',
  'uid',
  'gid',
  'uname',
  'gname',
  'comment',
  'charset',
  'hdrcharset',
  'LIBARCHIVE.creationtime',
]);
const maxPaxBytes = 64 * 1024;
/** GNU tar fills its last record of twenty blocks with zeros. */
const maxTrailingBlocks = 20;

type State = 'header' | 'pax' | 'data' | 'padding' | 'end' | 'trailer';

/** A strict tar parser: bytes in, tokens out, nothing kept but one header. The first thing that breaks a rule is an `ArchiveError`. */
export class TarScanner {
  private readonly ledger: PathLedger;
  private state: State = 'header';
  private block = Buffer.alloc(blockBytes);
  private filled = 0;
  private remaining = 0;
  private readonly current = { path: '', size: 0 };
  private pax: Map<string, string> | undefined;
  private paxBytes = Buffer.alloc(0);
  private paxSize = 0;
  private entryCount = 0;
  private total = 0;
  private trailingBlocks = 0;

  constructor(private readonly rules: ScanRules) {
    // Layers may hold packages whose names differ only in case: they are unpacked on Linux only.
    this.ledger = new PathLedger({ canonical: rules.canonical, foldCase: rules.canonical });
  }

  /** Entries so far. */
  get entries(): number {
    return this.entryCount;
  }

  /** The sum of the sizes of all files so far. */
  get totalBytes(): number {
    return this.total;
  }

  *push(chunk: Buffer): Generator<ScanToken> {
    for (let at = 0; at < chunk.length;) {
      if (this.state === 'data') {
        const bytes = chunk.subarray(at, at + Math.min(this.remaining, chunk.length - at));
        at += bytes.length;
        this.remaining -= bytes.length;
        yield { type: 'data', bytes };
        if (this.remaining === 0) yield* this.afterContent();
        continue;
      }
      if (this.state === 'trailer' && this.rules.canonical) throw new ArchiveError('the archive has bytes after its end');
      const copied = chunk.copy(this.block, this.filled, at, at + this.block.length - this.filled);
      at += copied;
      this.filled += copied;
      if (this.filled === this.block.length) {
        this.filled = 0;
        yield* this.onBlock(this.block);
      }
    }
  }

  /** To be called after the last byte. */
  finish(): void {
    if (this.state === 'trailer' && this.filled === 0) return;
    if (this.state === 'trailer') throw new ArchiveError('the archive has bytes after its end');
    const where = this.current.path === '' ? 'before its first entry' : `at or after entry ${quoteName(this.current.path)}`;
    throw new ArchiveError(`the archive is cut short ${where}`, this.current.path || undefined);
  }

  private *onBlock(block: Buffer): Generator<ScanToken> {
    if (this.state === 'padding') {
      if (!isZero(block)) this.refuse(this.current.path, 'has bytes hidden after its content');
      this.expect('header', blockBytes);
      yield { type: 'entry-end' };
    } else if (this.state === 'pax') {
      this.readPax(block);
      this.expect('header', blockBytes);
    } else if (this.state === 'end') {
      if (!isZero(block)) throw new ArchiveError('the archive has entries after its end mark');
      this.state = 'trailer';
    } else if (this.state === 'trailer') {
      if (!isZero(block) || ++this.trailingBlocks > maxTrailingBlocks)
        throw new ArchiveError('the archive has bytes after its end');
    } else if (isZero(block)) {
      if (this.pax) throw new ArchiveError('the archive ends after a pax header without its entry');
      this.state = 'end';
    } else {
      yield* this.onHeader(block);
    }
  }

  private *onHeader(block: Buffer): Generator<ScanToken> {
    if (block.toString('latin1', 257, 265) !== 'ustar\u000000') {
      const name = block.toString('latin1', 0, 100).split('\0', 1)[0]!;
      this.refuse(name, 'is not in pax format (is it another kind of tar, a zip or a compressed file?)');
    }
    const named = this.pax?.get('path') ?? this.headerName(block);
    const type = String.fromCharCode(block[156]!);
    if (this.octalField(block, 148, 8, named, 'checksum') !== checksumOf(block)) this.refuse(named, 'has a damaged header');
    if (refusedTypes[type] !== undefined)
      this.refuse(named, `is ${refusedTypes[type]}; only regular files and folders are allowed`);
    if (type === 'x') return this.expectPax(block, named);
    if (type !== '0' && type !== '5' && !(type === '\0' && !this.rules.canonical))
      this.refuse(named, `has the unknown type ${quoteName(type)}`);
    const entry = this.readEntry(block, named, type === '5');
    this.checkEntry(entry, block);
    this.pax = undefined;
    this.paxBytes = Buffer.alloc(0);
    this.current.path = entry.path;
    this.current.size = entry.size;
    this.entryCount += 1;
    this.total += entry.size;
    yield { type: 'entry', entry };
    if (entry.size === 0) yield* this.afterContent();
    else {
      this.state = 'data';
      this.remaining = entry.size;
    }
  }

  private *afterContent(): Generator<ScanToken> {
    const padding = paddingOf(this.current.size);
    this.expect(padding === 0 ? 'header' : 'padding', padding === 0 ? blockBytes : padding);
    if (padding === 0) yield { type: 'entry-end' };
  }

  private expect(state: State, bytes: number): void {
    this.state = state;
    this.filled = 0;
    if (this.block.length !== bytes) this.block = Buffer.alloc(bytes);
  }

  private expectPax(block: Buffer, named: string): void {
    if (this.pax) this.refuse(named, 'is a second pax header for one entry');
    this.paxSize = this.octalField(block, 124, 12, named, 'size');
    if (this.paxSize === 0 || this.paxSize > maxPaxBytes) this.refuse(named, `is a pax header of ${this.paxSize} bytes`);
    this.paxBytes = Buffer.from(block);
    this.expect('pax', this.paxSize + paddingOf(this.paxSize));
  }

  private readPax(padded: Buffer): void {
    const body = padded.subarray(0, this.paxSize);
    if (!isZero(padded.subarray(this.paxSize))) throw new ArchiveError('a pax header has bytes hidden after its records');
    if (!isUtf8(body)) throw new ArchiveError('a pax header is not valid UTF-8');
    this.pax = new Map();
    for (let at = 0; at < body.length;) {
      const space = body.indexOf(0x20, at);
      const digits = space < 0 ? '' : body.toString('latin1', at, space);
      const end = at + Number(digits);
      if (!/^[1-9]\d{0,5}$/.test(digits) || end > body.length || end <= space + 1 || body[end - 1] !== 0x0a)
        throw new ArchiveError('a pax header has a malformed record');
      const record = body.toString('utf8', space + 1, end - 1);
      const equals = record.indexOf('=');
      const key = record.slice(0, equals);
      if (equals <= 0) throw new ArchiveError('a pax header has a malformed record');
      if (this.pax.has(key)) throw new ArchiveError(`a pax header gives ${quoteName(key)} twice`);
      this.pax.set(key, record.slice(equals + 1));
      at = end;
    }
    this.paxBytes = Buffer.concat([this.paxBytes, padded]);
  }

  private readEntry(block: Buffer, named: string, directory: boolean): EntryHeader {
    for (const key of this.pax?.keys() ?? []) {
      if (key.startsWith('GNU.sparse.')) this.refuse(named, 'is a sparse file; only regular files and folders are allowed');
      if (key !== 'path' && key !== 'size' && (this.rules.canonical || !harmlessPaxKeys.has(key)))
        this.refuse(named, `has the pax record ${quoteName(key)}, which is not allowed`);
    }
    const sizeRecord = this.pax?.get('size');
    if (sizeRecord !== undefined && !/^(0|[1-9]\d{0,15})$/.test(sizeRecord))
      this.refuse(named, 'has a pax size that is not a number');
    const size = sizeRecord === undefined ? this.octalField(block, 124, 12, named, 'size') : Number(sizeRecord);
    const path = directory && named.endsWith('/') ? named.slice(0, -1) : named;
    return { path, kind: directory ? 'directory' : 'file', mode: this.octalField(block, 100, 8, named, 'mode'), size };
  }

  private checkEntry(entry: EntryHeader, block: Buffer): void {
    const { limits, canonical, prefix } = this.rules;
    checkEntryPath(entry.path, limits, prefix);
    if (this.entryCount + 1 > limits.maxEntries)
      this.refuse(entry.path, `is entry ${limits.maxEntries + 1}; the most allowed is ${limits.maxEntries}`);
    if (entry.kind === 'directory' && entry.size !== 0) this.refuse(entry.path, 'is a folder with content');
    if (this.total + entry.size > limits.maxTotalBytes)
      this.refuse(entry.path, `brings the content above ${limits.maxTotalBytes} bytes`);
    if ((entry.mode & 0o7000) !== 0) this.refuse(entry.path, 'has a setuid, setgid or sticky bit');
    const modes = entry.kind === 'directory' ? [0o755] : [0o644, 0o755];
    if (canonical && !modes.includes(entry.mode))
      this.refuse(
        entry.path,
        `has the mode 0${entry.mode.toString(8)}; it should be ${modes.map((mode) => `0${mode.toString(8)}`).join(' or ')}`,
      );
    this.ledger.add(entry.path, entry.kind);
    // What is left (owner, times, a prefix field, a needless or contradicting pax record, bytes after a NUL) shows in a comparison with the one right encoding.
    if (canonical && !encodeEntryHeader(entry).equals(Buffer.concat([this.paxBytes, block]))) {
      this.refuse(entry.path, 'has a header that is not canonical (owner, time, padding, or a pax record that is not needed)');
    }
  }

  private headerName(block: Buffer): string {
    const name = this.textField(block, 0, 100);
    const prefix = this.textField(block, 345, 155);
    return prefix === '' ? name : `${prefix}/${name}`;
  }

  private textField(block: Buffer, start: number, length: number): string {
    const field = block.subarray(start, start + length);
    const end = field.indexOf(0);
    const text = end < 0 ? field : field.subarray(0, end);
    if (!isUtf8(text)) this.refuse(text.toString('latin1'), 'has a name that is not valid UTF-8');
    if (end >= 0 && !isZero(field.subarray(end))) this.refuse(text.toString(), 'has a NUL in its name');
    return text.toString();
  }

  private octalField(block: Buffer, start: number, length: number, named: string, what: string): number {
    const text = block.toString('latin1', start, start + length);
    const digits = /^ *([0-7]+)[ \0]*$/.exec(text)?.[1];
    if (digits === undefined) return this.refuse(named, `has a ${what} that is not an octal number`);
    return Number.parseInt(digits, 8);
  }

  private refuse(path: string, why: string): never {
    throw new ArchiveError(`archive entry ${quoteName(path)} ${why}`, path);
  }
}

function isZero(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}
