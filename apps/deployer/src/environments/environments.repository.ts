import { Injectable } from '@nestjs/common';
import { In, IsNull, Not } from 'typeorm';
import { type Cursor, Database, isUuid, type Transaction } from '#slipway/platform';
import { EnvironmentEntity } from './environment.entity.js';

@Injectable()
export class EnvironmentsRepository {
  constructor(private readonly database: Database) {}

  /** Returns whether it is new. */
  async insert(tx: Transaction, environment: Omit<EnvironmentEntity, 'createdAt'>): Promise<boolean> {
    const result = await tx
      .createQueryBuilder()
      .insert()
      .into(EnvironmentEntity)
      .values(environment as object)
      .orIgnore()
      .returning('id')
      .execute();
    return (result.raw as unknown[]).length > 0;
  }

  /** @throws the database's error of constraint `environment_name` when the name is taken. */
  async insertNew(tx: Transaction, environment: Omit<EnvironmentEntity, 'createdAt'>): Promise<void> {
    await tx.insert(EnvironmentEntity, environment as object);
  }

  async remove(tx: Transaction, id: string): Promise<void> {
    await tx.delete(EnvironmentEntity, { id });
  }

  async lock(tx: Transaction, id: string): Promise<EnvironmentEntity | undefined> {
    return (await tx.findOne(EnvironmentEntity, { where: { id }, lock: { mode: 'pessimistic_write' } })) ?? undefined;
  }

  async serviceNames(tx: Transaction, id: string): Promise<string[]> {
    const rows = await tx.query<{ name: string }[]>(
      'SELECT name FROM service WHERE environment_id = $1 AND deleted_at IS NULL ORDER BY name',
      [id],
    );
    return rows.map((row) => row.name);
  }

  /** Services of which something is left, also deleted ones whose replicas still end. */
  async servicesLeft(id: string): Promise<number> {
    const [row] = await this.database.manager.query<{ count: string }[]>(
      'SELECT count(*) FROM service WHERE environment_id = $1 AND gone_at IS NULL',
      [id],
    );
    return Number(row?.count ?? 0);
  }

  async update(tx: Transaction, id: string, change: Partial<EnvironmentEntity>): Promise<void> {
    await tx.update(EnvironmentEntity, { id }, change as object);
  }

  async lockByName(tx: Transaction, name: string): Promise<EnvironmentEntity | undefined> {
    return (await tx.findOne(EnvironmentEntity, { where: { name }, lock: { mode: 'pessimistic_write' } })) ?? undefined;
  }

  /** Binds process environments to a node that says it is there, unless another one has said so lately. Returns their ids. */
  async claim(nodeId: string, silentSeconds: number): Promise<string[]> {
    const [rows] = await this.database.manager.query<[{ id: string }[], number]>(
      `UPDATE environment SET node_seen_at = now(), node_id = $1
       WHERE target = 'process'
         AND (node_id = $1 OR node_id IS NULL OR node_seen_at < now() - make_interval(secs => $2)) RETURNING id`,
      [nodeId, silentSeconds],
    );
    return rows.map((row) => row.id).sort();
  }

  async get(id: string): Promise<EnvironmentEntity | undefined> {
    return this.database.read(async (manager) => (await manager.findOneBy(EnvironmentEntity, { id })) ?? undefined);
  }

  /** Environments of targets that are reached over a network or a socket, by every deployer. */
  async shared(): Promise<string[]> {
    const rows = await this.database.read((manager) =>
      manager.find(EnvironmentEntity, { where: { target: Not('process') }, select: { id: true } }),
    );
    return rows.map((row) => row.id);
  }

  /** The installation's own and those of the account. */
  async visible(account: string): Promise<EnvironmentEntity[]> {
    return this.database.read((manager) => manager.find(EnvironmentEntity, { where: [{ account }, { account: IsNull() }] }));
  }

  async visibleByRef(account: string, ref: string): Promise<EnvironmentEntity | undefined> {
    const visible = await this.visible(account);
    return visible.find((environment) => (isUuid(ref) ? environment.id === ref.toLowerCase() : environment.name === ref));
  }

  async byIds(ids: readonly string[]): Promise<EnvironmentEntity[]> {
    return this.database.read((manager) => manager.findBy(EnvironmentEntity, { id: In([...ids]) }));
  }

  async page(account: string, count: number, after: Cursor | undefined): Promise<EnvironmentEntity[]> {
    return this.database.read((manager) => {
      const query = manager
        .createQueryBuilder(EnvironmentEntity, 'e')
        .where('(e.account = :account OR e.account IS NULL)', { account });
      if (after) query.andWhere('(e.created_at, e.id) < (:createdAt, :id)', { ...after });
      return query
        .orderBy('e.created_at', 'DESC')
        .addOrderBy('e.id', 'DESC')
        .take(count + 1)
        .getMany();
    });
  }
}
