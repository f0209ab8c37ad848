import { Injectable } from '@nestjs/common';
import { In, Not } from 'typeorm';
import { Database, type Transaction } from '#slipway/platform';
import { ReplicaEntity, type ReplicaState } from './replica.entity.js';

/** Where a replica's folders may still be. */
export interface ReplicaTrace {
  id: string;
  serviceId: string;
  revision: number;
  state: ReplicaState;
  createdAt: Date;
}

export interface EndedReplica extends ReplicaTrace {
  endedAt: Date | null;
  /** Nothing is left of its service either. */
  serviceGone: boolean;
}

@Injectable()
export class ReplicasRepository {
  constructor(private readonly database: Database) {}

  async live(serviceId: string, from: Transaction): Promise<ReplicaEntity[]> {
    return from.find(ReplicaEntity, { where: { serviceId, state: Not('Gone') }, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  async insert(tx: Transaction, replica: Partial<ReplicaEntity>): Promise<void> {
    await tx.insert(ReplicaEntity, replica as object);
  }

  /** A row for a replica that was found, unless there is one or its revision is not of this service. */
  async adopt(
    tx: Transaction,
    found: { id: string; serviceId: string; revisionId: string; nodeId: string; name: string },
  ): Promise<void> {
    await tx.query(
      `INSERT INTO replica (id, service_id, revision_id, revision, node_id, state, restarts, crashes, identity)
       SELECT $1, $2, r.id, r.number, $4, 'Starting', 0, 0, $5 FROM revision r WHERE r.id::text = $3 AND r.service_id = $2
       ON CONFLICT (id) DO NOTHING`,
      [found.id, found.serviceId, found.revisionId, found.nodeId, found.name],
    );
  }

  /** Writes columns; a new state gets the time of now. */
  async update(tx: Transaction, id: string, change: Partial<ReplicaEntity>): Promise<void> {
    const since = change.state === undefined ? {} : { stateSince: () => 'now()' };
    const ended = change.state === 'Gone' ? { endedAt: () => 'now()' } : {};
    await tx.update(ReplicaEntity, { id }, { ...change, ...since, ...ended } as object);
  }

  async states(ids: readonly string[]): Promise<Map<string, ReplicaState>> {
    const rows = await this.database.read((manager) =>
      manager.find(ReplicaEntity, { where: { id: In([...ids]) }, select: { id: true, state: true } }),
    );
    return new Map(rows.map((row) => [row.id, row.state]));
  }

  /** Replicas of a service whose logs may still be there, oldest first. */
  async traces(serviceId: string, endedOnly: boolean): Promise<ReplicaTrace[]> {
    return this.database.read((manager) =>
      manager.find(ReplicaEntity, {
        where: { serviceId, swept: false, ...(endedOnly ? { state: In(['Gone', 'Failed']) } : {}) },
        order: { createdAt: 'ASC', id: 'ASC' },
        select: { id: true, serviceId: true, revision: true, state: true, createdAt: true },
      }),
    );
  }

  /** Ended replicas whose folders are not removed yet, newest first. */
  async ended(limit: number): Promise<EndedReplica[]> {
    return this.database.read(async (manager) => {
      const rows = await manager.query<
        {
          id: string;
          service_id: string;
          revision: number;
          state: ReplicaState;
          created_at: Date;
          ended_at: Date;
          gone: boolean;
        }[]
      >(
        `SELECT r.id, r.service_id, r.revision, r.state, r.created_at, r.ended_at, s.gone_at IS NOT NULL AS gone
         FROM replica r JOIN service s ON s.id = r.service_id
         WHERE r.state = 'Gone' AND NOT r.swept ORDER BY r.ended_at DESC LIMIT $1`,
        [limit],
      );
      return rows.map((row) => ({
        id: row.id,
        serviceId: row.service_id,
        revision: row.revision,
        state: row.state,
        createdAt: row.created_at,
        endedAt: row.ended_at,
        serviceGone: row.gone,
      }));
    });
  }

  async markSwept(tx: Transaction, ids: readonly string[]): Promise<void> {
    await tx.update(ReplicaEntity, { id: In([...ids]) }, { swept: true });
  }
}
