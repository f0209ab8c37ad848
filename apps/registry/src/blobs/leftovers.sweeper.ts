import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CLOCK, type Clock, Database, Log } from '#slipway/platform';
import { BLOB_STORE, type BlobStore } from './blob-store.port.js';
import { BlobsRepository } from './blobs.repository.js';
import { UploadsRepository } from './uploads.repository.js';

/** Injection token of {@link SweepSettings}. */
export const SWEEP_SETTINGS = Symbol('sweep settings');
export interface SweepSettings {
  everyMs: number;
  uploadGraceMs: number;
  blobGraceMs: number;
}

/** Clears away what a killed process left: uploads that nobody goes on with, and blobs that were named but never committed. */
@Injectable()
export class LeftoversSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private readonly log: Log;

  constructor(
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    @Inject(SWEEP_SETTINGS) private readonly settings: SweepSettings,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly uploads: UploadsRepository,
    private readonly blobs: BlobsRepository,
    private readonly database: Database,
    log: Log,
  ) {
    this.log = log.for('sweeper');
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  async sweep(): Promise<void> {
    const uploads = await this.sweepUploads();
    const blobs = await this.sweepBlobs();
    if (uploads + blobs > 0) this.log.info('leftovers were removed', { count: uploads + blobs });
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.sweep().catch((error: unknown) => this.log.warn('leftovers could not be removed', {}, error));
      await this.clock.sleep(this.settings.everyMs, this.stopping.signal).catch(() => undefined);
    }
  }

  /** Rows first, then files that no row knows: a file alone was left by a kill after its commit. */
  private async sweepUploads(): Promise<number> {
    const before = new Date(this.clock.now() - this.settings.uploadGraceMs);
    const rested = await this.uploads.restingBefore(before);
    for (const id of rested) {
      await this.database.transaction((tx) => this.uploads.remove(tx, id));
      await this.store.discard(id);
    }
    let files = 0;
    for await (const id of this.store.uploadsBefore(before)) {
      if ((await this.uploads.known([id])).has(id)) continue;
      await this.store.discard(id);
      files += 1;
    }
    return rested.length + files;
  }

  private async sweepBlobs(): Promise<number> {
    let count = 0;
    for await (const digest of this.store.blobsBefore(new Date(this.clock.now() - this.settings.blobGraceMs))) {
      if (this.stopping.signal.aborted) return count;
      const removed = await this.database.transaction(async (tx) => {
        await this.blobs.lock(tx, digest);
        if (await this.blobs.isKnown(tx, digest)) return false;
        await this.store.remove(digest);
        return true;
      });
      if (removed) count += 1;
    }
    return count;
  }
}
