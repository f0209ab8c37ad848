import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { canonicalJson, type Digest, digestOf } from '#slipway/oci';

/** The Python runtime that this installation puts into images: its package and the lock of what it needs. */
export class RuntimeSource {
  constructor(private readonly folder: string) {}

  get lockFile(): string {
    return join(this.folder, 'requirements.lock');
  }

  /** Of every file of the package and of the lock; asked anew each time, as an update may come under a running builder. */
  get digest(): Digest {
    return digestOf(canonicalJson([...filesOf(this.source), ['lock', sha256(this.lockFile)]]));
  }

  /** @throws Error when the package changed meanwhile: its copy must be what the key of its layer says */
  copyTo(folder: string): void {
    const files = filesOf(this.source);
    for (const [file] of files) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      copyFileSync(join(this.source, file), join(folder, file));
    }
    const changed = files.find(([file, hash]) => sha256(join(folder, file)) !== hash);
    if (changed) throw new Error(`${changed[0]} of the runtime changed while it was copied`);
  }

  private get source(): string {
    return join(this.folder, 'src');
  }
}

function filesOf(folder: string): [file: string, sha256: string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && (entry.name.endsWith('.py') || entry.name === 'py.typed'))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
    .map((file) => [file, sha256(join(folder, file))]);
}

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
