import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import type { Digest } from './digest.js';
import { defaultArchiveLimits, type ArchiveLimits } from './entry-path.js';
import type { EntryHeader } from './tar-header.js';
import { TarScanner } from './tar-scanner.js';

export interface CheckOptions {
  /** The folder that every entry is or lies in; default `app`. */
  prefix?: string;
  limits?: Partial<ArchiveLimits>;
  /** Called for each entry, in order, before its content. */
  onEntry?: (entry: EntryHeader) => void;
}

export interface ArchiveSummary {
  files: number;
  directories: number;
  /** The sum of the sizes of all files. */
  totalBytes: number;
  /** Of the one file, if there is exactly one: what `sha256sum` prints for it. */
  contentDigest: Digest | undefined;
}

/**
 * Passes a canonical tar on unchanged while it parses it, and fails with an `ArchiveError` at the first thing that is not canonical
 * or not allowed. Bytes come out before the archive has been judged: keep them aside until the stream has ended well.
 */
export class CanonicalTarChecker extends Transform {
  private readonly scanner: TarScanner;
  private firstFile: Hash | undefined;
  private files = 0;
  private result: ArchiveSummary | undefined;

  constructor(private readonly options: CheckOptions = {}) {
    super();
    this.scanner = new TarScanner({
      canonical: true,
      prefix: options.prefix ?? 'app',
      limits: { ...defaultArchiveLimits, ...options.limits },
    });
  }

  /** May be read once the stream has ended. */
  get summary(): ArchiveSummary {
    if (!this.result) throw new Error('the summary is known only after the stream has ended');
    return this.result;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      for (const token of this.scanner.push(chunk)) {
        if (token.type === 'data') this.firstFile?.update(token.bytes);
        else if (token.type === 'entry') this.onEntry(token.entry);
      }
      done(null, chunk);
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    try {
      this.scanner.finish();
      this.result = {
        files: this.files,
        directories: this.scanner.entries - this.files,
        totalBytes: this.scanner.totalBytes,
        contentDigest: this.firstFile && `sha256:${this.firstFile.digest('hex')}`,
      };
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  private onEntry(entry: EntryHeader): void {
    if (entry.kind === 'file') {
      this.files += 1;
      this.firstFile = this.files === 1 ? createHash('sha256') : undefined;
    }
    this.options.onEntry?.(entry);
  }
}

export function checkCanonicalTar(options?: CheckOptions): CanonicalTarChecker {
  return new CanonicalTarChecker(options);
}
