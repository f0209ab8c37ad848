import { chmod, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DomainError, uuidv7 } from '#slipway/platform';
import type { UserStorage } from './storage.port.js';

/** User storage in a folder: every write is synced, and so is the folder of a new file. */
export class FolderStorage implements UserStorage {
  private readonly known = new Set<string>();

  constructor(private readonly root: string) {}

  async append(path: string, offset: number, data: Buffer): Promise<void> {
    const file = join(this.root, path);
    await this.makeFolder(dirname(file));
    await translate(path, async () => {
      const handle = await open(file, offset === 0 ? 'w' : 'r+', 0o644);
      try {
        await handle.truncate(offset);
        await handle.write(data, 0, data.length, offset);
        await handle.sync();
      } finally {
        await handle.close();
      }
      if (offset === 0) await syncFolder(dirname(file));
    });
  }

  async replace(path: string, data: Buffer): Promise<void> {
    const file = join(this.root, path);
    await this.makeFolder(dirname(file));
    const temporary = join(dirname(file), `.${uuidv7()}.tmp`);
    await translate(path, async () => {
      try {
        const handle = await open(temporary, 'wx', 0o644);
        try {
          await handle.writeFile(data);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(temporary, file);
      } finally {
        await rm(temporary, { force: true });
      }
      await syncFolder(dirname(file));
    });
  }

  async seal(path: string): Promise<void> {
    await chmod(join(this.root, path), 0o444);
  }

  locate(path: string): string {
    return join(this.root, path);
  }

  private async makeFolder(folder: string): Promise<void> {
    if (this.known.has(folder)) return;
    await translate(folder, () => mkdir(folder, { recursive: true, mode: 0o755 }));
    this.known.add(folder);
    if (this.known.size > 10_000) this.known.clear();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function translate<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new DomainError(
        'insufficient_storage',
        `there is no room for ${path} in the telemetry storage; free some space, capture goes on by itself`,
        [],
        { cause: error },
      );
    }
    throw error;
  }
}
