import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { canonicalJson, type Digest, digestOf } from '#slipway/oci';

/** The Python runtime that this installation puts into images: its package and the lock of what it needs. */
export class RuntimeSource {
  private known: Digest | undefined;

  constructor(private readonly folder: string) {}

  get lockFile(): string {
    return join(this.folder, 'requirements.lock');
  }

  /** Of every file of the package and of the lock. */
  get digest(): Digest {
    this.known ??= digestOf(
      canonicalJson([...this.files().map((file) => [file, sha256(join(this.source, file))]), ['lock', sha256(this.lockFile)]]),
    );
    return this.known;
  }

  copyTo(folder: string): void {
    for (const file of this.files()) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      copyFileSync(join(this.source, file), join(folder, file));
    }
  }

  private get source(): string {
    return join(this.folder, 'src');
  }

  private files(): string[] {
    return readdirSync(this.source, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && (entry.name.endsWith('.py') || entry.name === 'py.typed'))
      .map((entry) => join(entry.parentPath, entry.name).slice(this.source.length + 1))
      .sort();
  }
}

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
