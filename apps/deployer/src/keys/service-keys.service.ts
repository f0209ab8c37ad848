import { Inject, Injectable } from '@nestjs/common';
import {
  type AuthKeys,
  type CommandContext,
  type KeyType,
  RegenerateServiceKey,
  type RequestOf,
  ServiceKeyCreated,
  ServiceKeyRegenerated,
} from '#slipway/contracts';
import { type Clock, CLOCK, CommandLog, DomainError, makeSecret, SealBox, type Transaction } from '#slipway/platform';
import { RouterWatch } from '../routes/router-watch.js';
import { ServiceChanges } from '../services/service-changes.js';
import { type Cause, factOf } from '../services/service-facts.js';
import type { ServiceEntity } from '../services/service.entity.js';
import { ServiceReferences } from '../services/service-references.js';
import { keyTypes, ServiceKeysRepository } from './service-keys.repository.js';

/** How long an answer waits for the routers to know a new key; they learn of it anyway. */
const knownWithinMs = 2_000;

/** Primary and secondary keys of services. Their texts are sealed, and leave only as an answer to whoever asks for them. */
@Injectable()
export class ServiceKeysService {
  constructor(
    private readonly keys: ServiceKeysRepository,
    private readonly references: ServiceReferences,
    private readonly changes: ServiceChanges,
    private readonly routers: RouterWatch,
    private readonly commandLog: CommandLog,
    private readonly box: SealBox,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async get(ref: string, account: string): Promise<AuthKeys> {
    return this.read((await this.references.get(account, ref)).id);
  }

  /** The first two keys of a new service; told as facts of it. */
  async create(tx: Transaction, service: ServiceEntity, cause: Cause): Promise<void> {
    for (const type of keyTypes) {
      const keyId = await this.put(tx, service.id, type);
      await this.changes.tell(tx, service, ServiceKeyCreated, { ...factOf(service), keyId, keyType: type }, cause);
    }
  }

  async regenerate(input: RequestOf<typeof RegenerateServiceKey>, ctx: CommandContext): Promise<AuthKeys> {
    let changed: ServiceEntity | undefined;
    // The command log keeps answers: this one must not hold a key.
    await this.commandLog.once(RegenerateServiceKey, input, ctx, async (tx) => {
      const service = await this.references.lock(ctx.account, input.ref, tx);
      if (!service) throw new DomainError('not_found', `there is no service '${input.ref}'`);
      const keyId = await this.put(tx, service.id, input.keyType);
      await this.changes.tell(tx, service, ServiceKeyRegenerated, { ...factOf(service), keyId, keyType: input.keyType }, ctx);
      await this.changes.commit(tx, service);
      changed = service;
      return { primaryKey: '', secondaryKey: '' };
    });
    this.changes.announce();
    if (changed) await this.untilKnown(changed);
    return this.read((await this.references.get(ctx.account, input.ref)).id);
  }

  private async put(tx: Transaction, serviceId: string, type: KeyType): Promise<string> {
    const secret = makeSecret('slk');
    const sealed = this.box.seal(secret.text, purposeOf(serviceId, type));
    await this.keys.put(tx, { serviceId, type, keyId: secret.id, sealed, sha256: secret.sha256 });
    return secret.id;
  }

  private async read(serviceId: string): Promise<AuthKeys> {
    const rows = await this.keys.list(serviceId);
    const text = (type: KeyType): string => {
      const row = rows.find((key) => key.type === type);
      if (!row) throw new DomainError('not_found', `the service has no ${type} key any more`);
      return this.box.open(row.sealed, purposeOf(serviceId, type));
    };
    return { primaryKey: text('Primary'), secondaryKey: text('Secondary') };
  }

  private async untilKnown({ id, environment, routeVersion }: ServiceEntity): Promise<void> {
    const start = this.clock.monotonic();
    for (let age = 0; age < knownWithinMs; age = this.clock.monotonic() - start) {
      if (this.routers.acknowledged(environment, id, routeVersion, age)) return;
      await this.clock.sleep(50);
    }
  }
}

const purposeOf = (serviceId: string, type: KeyType): string => `service-key:${serviceId}:${type}`;
