import { Injectable } from '@nestjs/common';
import { In, LessThan } from 'typeorm';
import { Database, type Transaction } from '#slipway/platform';
import { CaptureCheckpointRow, CaptureGapRow, CaptureStreamRow, CollectedStreamRow, OpenFileRow } from './capture.entity.js';
import { type CollectedState, collectedKey, type StreamState, streamKey } from './ingest-plan.js';

export type Checkpoint = Pick<CaptureCheckpointRow, 'partition' | 'identity' | 'nextOffset'>;
export type OpenFile = Omit<OpenFileRow, 'updatedAt'>;

@Injectable()
export class CapturesRepository {
  constructor(private readonly database: Database) {}

  checkpoint(partition: string): Promise<Checkpoint | null> {
    return this.database.read((manager) => manager.findOneBy(CaptureCheckpointRow, { partition }));
  }

  /** The checkpoint, locked: a second writer waits here and then sees what was written. */
  lockCheckpoint(tx: Transaction, partition: string): Promise<Checkpoint | null> {
    return tx.findOne(CaptureCheckpointRow, { where: { partition }, lock: { mode: 'pessimistic_write' } });
  }

  async saveCheckpoint(tx: Transaction, checkpoint: Checkpoint): Promise<void> {
    await tx.upsert(CaptureCheckpointRow, checkpoint, ['partition']);
  }

  /** Every open stream of these routers, and the given ones even when closed. */
  async streams(tx: Transaction, routerIds: string[], epochs: string[]): Promise<Map<string, StreamState>> {
    const rows = await tx.find(CaptureStreamRow, {
      where: [
        { routerId: In(routerIds), closed: false },
        { routerId: In(routerIds), epoch: In(epochs) },
      ],
    });
    return new Map(rows.map((row) => [streamKey(row), row]));
  }

  async saveStreams(tx: Transaction, streams: StreamState[]): Promise<void> {
    if (streams.length > 0) await tx.upsert(CaptureStreamRow, streams, ['routerId', 'epoch', 'serviceId', 'revisionId']);
  }

  async collected(tx: Transaction, replicas: string[]): Promise<Map<string, CollectedState>> {
    const rows = await tx.findBy(CollectedStreamRow, { replica: In(replicas) });
    return new Map(rows.map((row) => [collectedKey(row), row]));
  }

  async saveCollected(tx: Transaction, streams: CollectedState[]): Promise<void> {
    if (streams.length > 0) await tx.upsert(CollectedStreamRow, streams, ['replica', 'epoch']);
  }

  async openFiles(tx: Transaction, folders: string[]): Promise<OpenFile[]> {
    return tx.findBy(OpenFileRow, { folder: In(folders) });
  }

  async saveOpenFile(tx: Transaction, file: OpenFile): Promise<void> {
    await tx.upsert(OpenFileRow, { ...file, updatedAt: () => 'now()' }, ['folder', 'kind']);
  }

  async idleParts(tx: Transaction, before: Date): Promise<OpenFile[]> {
    return tx.find(OpenFileRow, {
      where: { kind: 'part', updatedAt: LessThan(before) },
      take: 100,
      lock: { mode: 'pessimistic_write' },
    });
  }

  async forget(tx: Transaction, file: OpenFile): Promise<void> {
    await tx.delete(OpenFileRow, { folder: file.folder, kind: file.kind });
  }

  async saveGap(
    tx: Transaction,
    gap: { partition: string; fromOffset: number; toOffset: number; reason: string },
  ): Promise<void> {
    await tx.createQueryBuilder().insert().into(CaptureGapRow).values(gap).orIgnore().execute();
  }

  streamsOfService(serviceId: string): Promise<StreamState[]> {
    return this.database.read((manager) => manager.find(CaptureStreamRow, { where: { serviceId } }));
  }

  collectedOfService(serviceId: string): Promise<CollectedState[]> {
    return this.database.read((manager) => manager.find(CollectedStreamRow, { where: { serviceId } }));
  }
}
