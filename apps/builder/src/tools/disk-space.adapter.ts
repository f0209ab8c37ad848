import { statfs } from 'node:fs/promises';
import { DomainError } from '#slipway/platform';

/** Says no to new work while the disk of the installation is nearly full. */
export class DiskSpace {
  constructor(
    private readonly folder: string,
    private readonly minFreePercent: number,
  ) {}

  /** @throws DomainError `insufficient_storage` */
  async require(): Promise<void> {
    const { bavail, blocks } = await statfs(this.folder);
    const free = blocks === 0 ? 100 : (bavail / blocks) * 100;
    if (free >= this.minFreePercent) return;
    throw new DomainError(
      'insufficient_storage',
      `only ${free.toFixed(1)} % of the disk is free and builds need ${this.minFreePercent} %; free some space and create the image again`,
    );
  }
}

export const diskFull = (cause?: unknown): DomainError =>
  new DomainError('insufficient_storage', 'the disk is full; free some space and create the image again', [], { cause });
