import { Injectable } from '@nestjs/common';
import type { KeyType } from '#slipway/contracts';
import { Database, type Transaction } from '#slipway/platform';
import { ServiceKeyEntity } from './service-key.entity.js';

@Injectable()
export class ServiceKeysRepository {
  constructor(private readonly database: Database) {}

  /** Puts a key in its place; the one before stops being one. */
  async put(tx: Transaction, key: Omit<ServiceKeyEntity, 'createdAt'>): Promise<void> {
    await tx.query(
      `INSERT INTO service_key (service_id, type, key_id, sealed, sha256) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (service_id, type) DO UPDATE SET key_id = $3, sealed = $4, sha256 = $5, created_at = now()`,
      [key.serviceId, key.type, key.keyId, key.sealed, key.sha256],
    );
  }

  async list(serviceId: string, from?: Transaction): Promise<ServiceKeyEntity[]> {
    const read = (manager: Transaction): Promise<ServiceKeyEntity[]> => manager.findBy(ServiceKeyEntity, { serviceId });
    return from ? read(from) : this.database.read(read);
  }

  async removeAll(tx: Transaction, serviceId: string): Promise<void> {
    await tx.delete(ServiceKeyEntity, { serviceId });
  }
}

export const keyTypes: readonly KeyType[] = ['Primary', 'Secondary'];
