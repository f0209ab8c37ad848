import { Injectable } from '@nestjs/common';
import type { Transaction } from '#slipway/platform';
import type { CountedKind } from './name-counter.entity.js';

@Injectable()
export class NameCounterRepository {
  /** The next version under a name. The row stays locked until the end of the transaction, so versions have no gaps. */
  async next(tx: Transaction, account: string, kind: CountedKind, name: string): Promise<number> {
    const [row] = await tx.query<{ last: number }[]>(
      `INSERT INTO name_counter AS counter (account, kind, name, last) VALUES ($1, $2, $3, 1)
       ON CONFLICT (account, kind, name) DO UPDATE SET last = counter.last + 1 RETURNING last`,
      [account, kind, name],
    );
    return row!.last;
  }
}
