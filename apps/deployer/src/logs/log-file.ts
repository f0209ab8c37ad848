import type { FileHandle } from 'node:fs/promises';
import { openUntrusted } from '../compute/process/untrusted-file.js';

const chunkBytes = 256 * 1024;
const newline = 0x0a;

/** A log file that somebody else appends to, and that keeps its inode when it is renamed. */
export class LogFile {
  private constructor(
    private readonly handle: FileHandle,
    readonly inode: number,
    /** Bytes before this have been read or left out. */
    private offset: number,
    /** When something was last written. */
    readonly modifiedMs: number,
  ) {}

  /** Undefined for one that is not there, or that is no plain file of its folder's owner. */
  static async open(path: string): Promise<LogFile | undefined> {
    const handle = await openUntrusted(path);
    if (!handle) return undefined;
    const { ino, size, mtimeMs } = await handle.stat();
    return new LogFile(handle, ino, size, mtimeMs);
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  rewind(): void {
    this.offset = 0;
  }

  /** The newest lines that `wanted` says yes to, newest first, at most `count`; {@link next} goes on after them. */
  async newest(count: number, wanted: (line: string) => boolean): Promise<string[]> {
    const found: string[] = [];
    let rest = Buffer.alloc(0);
    const end = await this.lastLineEnd();
    for (let position = end; position > 0 && found.length < count;) {
      const start = Math.max(0, position - chunkBytes);
      const bytes = Buffer.concat([await this.read(start, position), rest]);
      const firstEnd = start === 0 ? -1 : bytes.indexOf(newline);
      // The first line of a chunk may have begun before it.
      rest = start === 0 ? Buffer.alloc(0) : bytes.subarray(0, firstEnd < 0 ? bytes.length : firstEnd + 1);
      const lines = firstEnd < 0 && start > 0 ? [] : linesOf(bytes.subarray(firstEnd + 1));
      for (const line of lines.reverse()) if (found.length < count && wanted(line)) found.push(line);
      position = start;
    }
    this.offset = end;
    return found;
  }

  /** Whole lines that were appended since the last reading, a part at a time; empty when there is nothing new. */
  async next(): Promise<string[]> {
    const { size } = await this.handle.stat();
    if (size < this.offset) this.offset = 0;
    const bytes = await this.read(this.offset, Math.min(size, this.offset + chunkBytes));
    const end = bytes.lastIndexOf(newline) + 1;
    this.offset += end;
    return linesOf(bytes.subarray(0, end));
  }

  private async lastLineEnd(): Promise<number> {
    for (let position = this.offset; position > 0;) {
      const start = Math.max(0, position - chunkBytes);
      const at = (await this.read(start, position)).lastIndexOf(newline);
      if (at >= 0) return start + at + 1;
      position = start;
    }
    return 0;
  }

  private async read(start: number, end: number): Promise<Buffer> {
    const buffer = Buffer.alloc(Math.max(0, end - start));
    const { bytesRead } = await this.handle.read(buffer, 0, buffer.length, start);
    return buffer.subarray(0, bytesRead);
  }
}

const linesOf = (bytes: Buffer): string[] =>
  bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
