import { mkdirSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeUnpacked } from '#slipway/oci';
import { endLeftSteps } from './child-process.adapter.js';

/** A folder for each build that is being worked on, on the file system of the package cache, so that files can be linked. */
export class Workspace {
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  async open(name: string): Promise<string> {
    const folder = join(this.folder, name);
    await this.remove(folder);
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }

  async remove(folder: string): Promise<void> {
    await removeUnpacked(folder);
  }

  /** Ends and removes what an earlier life of this builder left. */
  async sweep(): Promise<void> {
    for (const name of readdirSync(this.folder)) {
      endLeftSteps(join(this.folder, name));
      await this.remove(join(this.folder, name));
    }
  }
}
