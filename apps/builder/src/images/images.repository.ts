import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { type Cursor, Database, History, isUuid, type Transaction } from '#slipway/platform';
import { ImageRow, OperationRow } from './image.entity.js';
import { toImage } from './image-view.js';

export interface ImageFilter {
  name?: string | undefined;
  /** Id, name or `name:version`. */
  manifest?: string | undefined;
  manifestName?: string | undefined;
}

export type NewImage = Omit<ImageRow, 'version' | 'state' | 'digest' | 'error' | 'createdAt' | 'rowVersion'>;
/** What changes in the life of an image. */
export type ImageChange = Partial<Pick<ImageRow, 'state' | 'digest' | 'error'>>;

const waiting = ['NotStarted', 'Running'] as const;

@Injectable()
export class ImagesRepository {
  constructor(
    private readonly database: Database,
    private readonly history: History,
  ) {}

  async nextVersion(tx: Transaction, account: string, name: string): Promise<number> {
    const [row] = await tx.query<{ last: number }[]>(
      `INSERT INTO name_counter (account, name, last) VALUES ($1, $2, 1)
       ON CONFLICT (account, name) DO UPDATE SET last = name_counter.last + 1 RETURNING last`,
      [account, name],
    );
    return row!.last;
  }

  async insert(tx: Transaction, image: NewImage, version: number): Promise<ImageRow> {
    await tx.insert(ImageRow, { ...image, version, state: 'NotStarted', rowVersion: 1 });
    const row = await tx.findOneByOrFail(ImageRow, { id: image.id });
    await this.history.record(tx, 'image', row.id, row.rowVersion, toImage(row));
    return row;
  }

  async insertOperation(
    tx: Transaction,
    operation: Pick<OperationRow, 'id' | 'account' | 'imageId' | 'progress'>,
  ): Promise<void> {
    await tx.insert(OperationRow, { ...operation, state: 'NotStarted' });
  }

  /** Changes an image and its operation together; the image must be locked. */
  async change(tx: Transaction, image: ImageRow, change: ImageChange, progress: string): Promise<ImageRow> {
    const row = { ...image, ...change, rowVersion: image.rowVersion + 1 };
    const { state, digest, error, rowVersion } = row;
    await tx.update(ImageRow, { id: image.id }, { state, digest, error: error as never, rowVersion });
    const ended = state === 'Succeeded' || state === 'Failed' || state === 'Cancelled';
    await tx.update(
      OperationRow,
      { imageId: image.id },
      { state, error: error as never, progress, ...(ended && { endTime: () => 'now()' }) },
    );
    await this.history.record(tx, 'image', row.id, row.rowVersion, toImage(row));
    return row;
  }

  /** Images that wait for a build, locked, oldest first. */
  waitingFor(tx: Transaction, buildId: string): Promise<ImageRow[]> {
    return tx.find(ImageRow, {
      where: { buildId, state: In([...waiting]) },
      order: { createdAt: 'ASC', id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
  }

  async setProgress(buildId: string, progress: string): Promise<void> {
    await this.database.read((manager) =>
      manager.query(
        `UPDATE operation SET progress = $2 FROM image
         WHERE image.id = operation.image_id AND image.build_id = $1 AND operation.state = 'Running'`,
        [buildId, progress],
      ),
    );
  }

  async find(account: string | undefined, ref: string): Promise<ImageRow | null> {
    const scope = account === undefined ? {} : { account };
    return this.database.read(async (manager) => {
      if (isUuid(ref)) return manager.findOneBy(ImageRow, { ...scope, id: ref });
      const [name, version] = ref.split(':');
      const where = { ...scope, name: name!, ...(version === undefined ? {} : { version: Number(version) }) };
      if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version)) return null;
      return manager.findOne(ImageRow, { where, order: { version: 'DESC' } });
    });
  }

  findOperation(account: string, id: string): Promise<OperationRow | null> {
    return this.database.read((manager) => manager.findOneBy(OperationRow, { account, id }));
  }

  /** Newest first, one more than `count`. */
  list(account: string, filter: ImageFilter, count: number, after: Cursor | undefined): Promise<ImageRow[]> {
    return this.database.read((manager) => {
      const query = manager
        .createQueryBuilder(ImageRow, 'image')
        .where('image.account = :account', { account })
        .orderBy('image.createdAt', 'DESC')
        .addOrderBy('image.id', 'DESC')
        .take(count + 1);
      if (filter.name !== undefined) query.andWhere('image.name = :name', { name: filter.name });
      if (filter.manifestName !== undefined) query.andWhere('image.manifestName = :manifestName', filter);
      if (filter.manifest !== undefined) {
        const [, name, version] = /^(.*):([1-9]\d{0,8})$/s.exec(filter.manifest) ?? [];
        if (isUuid(filter.manifest)) query.andWhere('image.manifestId = :manifest', filter);
        else
          query.andWhere('(image.manifestName = :manifest OR (image.manifestName = :left AND image.manifestVersion = :right))', {
            manifest: filter.manifest,
            left: name ?? filter.manifest,
            right: Number(version ?? 0),
          });
      }
      if (after) query.andWhere('(image.createdAt, image.id) < (:createdAt, :id)', after);
      return query.getMany();
    });
  }
}
