import { Injectable } from '@nestjs/common';
import type { Transaction } from '#slipway/platform';
import { ServiceUserEntity } from './service-user.entity.js';

const firstUid = 50_000;
const lastUid = 59_999;

/** User ids of services: each its own, and none that the machine has given away already. */
@Injectable()
export class ServiceUsersRepository {
  /** The next id after the highest in use, around the end; undefined when all are taken. */
  async allocate(tx: Transaction, serviceId: string, taken: ReadonlySet<number>): Promise<number | undefined> {
    await tx.query('LOCK TABLE service_user IN SHARE ROW EXCLUSIVE MODE');
    const rows = await tx.find(ServiceUserEntity, { select: { uid: true } });
    const used = new Set([...rows.map((row) => row.uid), ...taken]);
    const highest = Math.max(firstUid - 1, ...rows.map((row) => row.uid));
    const span = lastUid - firstUid + 1;
    for (let step = 1; step <= span; step += 1) {
      const uid = firstUid + ((highest + step - firstUid) % span);
      if (used.has(uid)) continue;
      await tx.insert(ServiceUserEntity, { uid, serviceId });
      return uid;
    }
    return undefined;
  }

  async find(tx: Transaction, serviceId: string): Promise<number | undefined> {
    return (await tx.findOneBy(ServiceUserEntity, { serviceId }))?.uid;
  }

  /** Ids of services of which nothing is left, also no file that the id owns, are free again. */
  async releaseOfGone(tx: Transaction): Promise<void> {
    await tx.query(
      `DELETE FROM service_user u USING service s WHERE s.id = u.service_id AND s.gone_at IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM replica r WHERE r.service_id = s.id AND NOT r.swept)`,
    );
  }
}
