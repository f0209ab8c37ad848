import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** A secret in a file of its own, for its owner's eyes only. */
export class SecretFile {
  constructor(readonly path: string) {}

  /** Undefined when there is none that can be read. */
  read(): string | undefined {
    try {
      return readFileSync(this.path, 'utf8').trim();
    } catch {
      return undefined;
    }
  }

  /** False on a read-only mount, such as that of a Kubernetes Secret. */
  get writable(): boolean {
    try {
      accessSync(existsSync(this.path) ? this.path : dirname(this.path), constants.W_OK);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== 'EROFS';
    }
  }

  /** All of it or nothing, also over a loss of power. */
  write(secret: string): void {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    const temporary = `${this.path}.${process.pid}.tmp`;
    // One that an interrupted start left may have other rights.
    rmSync(temporary, { force: true });
    const handle = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(handle, `${secret}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, this.path);
  }
}
