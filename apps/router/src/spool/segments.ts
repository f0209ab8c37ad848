import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../routes/route-file.js';
import { frame } from './frames.js';

const suffix = '.seg';
const nameOf = (number: number): string => `${String(number).padStart(12, '0')}${suffix}`;

export interface SpoolLimits {
  /** Bytes of all segments; a prediction beyond it is shed. Watermarks are always taken. */
  totalBytes: number;
  segmentBytes: number;
}

/** The files of a spool. One writer appends; a new start never appends to an old file, whose end may be torn. */
export class Segments {
  /** Bytes in all files. */
  total = 0;
  private readonly sizes = new Map<number, number>();
  private file: number | undefined;
  private broken = false;

  constructor(
    private readonly folder: string,
    private readonly limits: SpoolLimits,
    /** Numbers up to this one were used before, although their files may be gone. */
    used = 0,
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)
      .filter((entry) => /^\d{12}\.seg$/.test(entry))
      .sort()) {
      const size = statSync(join(folder, name)).size;
      this.sizes.set(Number(name.slice(0, -suffix.length)), size);
      this.total += size;
    }
    this.active = Math.max(used, ...this.sizes.keys());
  }

  /** The highest segment; while `isOpen` it still grows. */
  active: number;

  hasRoom(bytes: number): boolean {
    return this.total + bytes <= this.limits.totalBytes;
  }

  /** Appends a record. @throws when the disk does not take all of it; the file then ends before it. */
  append(payload: Uint8Array): void {
    const bytes = frame(payload);
    if (this.file === undefined || this.broken || this.size(this.active) + bytes.length > this.limits.segmentBytes) this.open();
    try {
      if (writeSync(this.file!, bytes) !== bytes.length) throw new Error('the disk took only a part of a record');
    } catch (error) {
      this.cutTornRecord();
      throw error;
    }
    this.sizes.set(this.active, this.size(this.active) + bytes.length);
    this.total += bytes.length;
  }

  sync(): void {
    if (this.file !== undefined) fsyncSync(this.file);
  }

  /** Segments from the oldest on. */
  numbers(): number[] {
    return [...this.sizes.keys()].sort((a, b) => a - b);
  }
  size(number: number): number {
    return this.sizes.get(number) ?? 0;
  }
  /** More may be appended to it. */
  isOpen(number: number): boolean {
    return this.file !== undefined && !this.broken && number === this.active;
  }
  path(number: number): string {
    return join(this.folder, nameOf(number));
  }

  remove(number: number): void {
    if (number === this.active && this.file !== undefined) {
      closeSync(this.file);
      this.file = undefined;
    }
    rmSync(this.path(number), { force: true });
    this.total -= this.size(number);
    this.sizes.delete(number);
  }

  close(): void {
    if (this.file === undefined) return;
    fsyncSync(this.file);
    closeSync(this.file);
    this.file = undefined;
  }

  private cutTornRecord(): void {
    try {
      ftruncateSync(this.file!, this.size(this.active));
    } catch {
      // What followed a torn record in this file would never be read.
      this.broken = true;
    }
  }

  private open(): void {
    if (this.file !== undefined) {
      fsyncSync(this.file);
      closeSync(this.file);
      this.file = undefined;
    }
    const number = this.active + 1;
    this.file = openSync(this.path(number), 'ax', 0o600);
    this.broken = false;
    this.active = number;
    this.sizes.set(number, 0);
    syncFolder(this.folder);
  }
}
