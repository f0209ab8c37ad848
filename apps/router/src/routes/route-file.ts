import { closeSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { RouteRecord } from '#slipway/contracts';

const Content = z.object({ routes: z.array(RouteRecord) });

/** The last known routes on disk: whole or not at all, whatever happens while they are written. */
export class RouteFile {
  constructor(readonly path: string) {}

  /** The stored routes; undefined when there are none yet. @throws Error when the file cannot be understood. */
  read(): RouteRecord[] | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    return Content.parse(JSON.parse(text)).routes;
  }

  async write(routes: readonly RouteRecord[]): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const temporary = `${this.path}.new`;
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify({ routes }));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.path);
    syncFolder(dirname(this.path));
  }
}

/** Makes renames and new names in a folder durable. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
