import { open } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, DomainError, type InternalCaller } from '#slipway/platform';
import { BuildLogs } from '../builds/build-logs.adapter.js';
import type { ImageRow } from './image.entity.js';
import { ImagesRepository } from './images.repository.js';

const followMs = 250;
const readBytes = 64 * 1024;

/** Reads the log of an image's build, also while it is written. */
@Injectable()
export class ImageLogService {
  constructor(
    private readonly images: ImagesRepository,
    private readonly logs: BuildLogs,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws DomainError `not_found`, also for an image of another account than the caller's */
  async find(id: string, caller: InternalCaller): Promise<ImageRow> {
    const row = await this.images.find(caller.account, id);
    if (!row) throw new DomainError('not_found', `there is no image '${id}'`);
    return row;
  }

  /** The log so far; with `follow` all of it, until the image is built or has failed. */
  async *read(image: ImageRow, follow: boolean, signal: AbortSignal): AsyncGenerator<Buffer> {
    let offset = 0;
    for (;;) {
      // The last line is written before the state ends, so a read that began after the end sees it.
      const ended = !follow || (await this.hasEnded(image.id));
      for await (const chunk of this.from(image.id, offset)) {
        offset += chunk.length;
        yield chunk;
      }
      if (ended || signal.aborted) return;
      await this.clock.sleep(followMs, signal).catch(() => undefined);
    }
  }

  private async hasEnded(id: string): Promise<boolean> {
    const row = await this.images.find(undefined, id);
    return row === null || (row.state !== 'NotStarted' && row.state !== 'Running');
  }

  private async *from(id: string, offset: number): AsyncGenerator<Buffer> {
    const file = await open(this.logs.file(id), 'r').catch(() => undefined);
    if (!file) return;
    try {
      for (let at = offset; ;) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(readBytes), { position: at });
        if (bytesRead === 0) return;
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }
}
