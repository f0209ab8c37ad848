import { Injectable } from '@nestjs/common';
import {
  type CommandContext,
  DeleteSecret,
  type ListSecrets,
  type RequestOf,
  type ResponseOf,
  type Secret,
  SecretDeleted,
  SecretSet,
  SetSecret,
} from '#slipway/contracts';
import { CommandLog, DomainError, Outbox, SealBox } from '#slipway/platform';
import { ServiceUpdateService } from '../services/service-update.service.js';
import { secretPurpose } from './secret-pins.js';
import type { SecretEntity } from './secret.entity.js';
import { SecretsRepository } from './secrets.repository.js';

/** Secrets of accounts. A value goes in, to the replicas of services, and nowhere else. */
@Injectable()
export class SecretsService {
  constructor(
    private readonly commandLog: CommandLog,
    private readonly secrets: SecretsRepository,
    private readonly services: ServiceUpdateService,
    private readonly outbox: Outbox,
    private readonly box: SealBox,
  ) {}

  async set(input: RequestOf<typeof SetSecret>, ctx: CommandContext): Promise<ResponseOf<typeof SetSecret>> {
    if (input.value.includes('\0'))
      throw new DomainError(
        'unprocessable',
        `the value of ${input.name} holds a NUL character, which no variable can; encode it`,
      );
    // The command log keeps a hash of the request: it must not be one of a value that could be guessed.
    const answer = await this.commandLog.once(SetSecret, { ...input, value: '' }, ctx, async (tx) => {
      const row = await this.secrets.lockOrMake(tx, ctx.account, input.name);
      const secret = await this.secrets.setValue(
        tx,
        row.id,
        this.box.seal(input.value, secretPurpose(row.id)),
        row.rowVersion + 1,
      );
      const fact = { id: secret.id, name: secret.name };
      await this.outbox.append(tx, SecretSet, { id: secret.id, version: secret.rowVersion }, fact, ctx);
      const users = input.roll ? await this.secrets.users(tx, ctx.account, input.name) : [];
      const rolled = [];
      for (const { id, name } of users) rolled.push({ service: name, operationId: await this.services.roll(tx, id, ctx) });
      return { secret: toSecret(secret), rolled };
    });
    this.services.announce();
    return answer;
  }

  async list(account: string): Promise<ResponseOf<typeof ListSecrets>> {
    return { value: (await this.secrets.list(account)).map(toSecret) };
  }

  async delete(input: RequestOf<typeof DeleteSecret>, ctx: CommandContext): Promise<ResponseOf<typeof DeleteSecret>> {
    return this.commandLog.once(DeleteSecret, input, ctx, async (tx) => {
      const secret = await this.secrets.lock(tx, ctx.account, input.name);
      if (!secret) return { deleted: false };
      const users = (await this.secrets.users(tx, ctx.account, input.name)).map(
        ({ name, environment }) => `${name} in ${environment}`,
      );
      if (users.length > 0)
        throw new DomainError(
          'conflict',
          `secret '${input.name}' is used by ${users.slice(0, 20).join(', ')}; take it from them first`,
          users.slice(0, 100).map((message) => ({ code: 'service', message })),
        );
      await this.secrets.remove(tx, secret.id);
      const fact = { id: secret.id, name: secret.name };
      await this.outbox.append(tx, SecretDeleted, { id: secret.id, version: secret.rowVersion + 1 }, fact, ctx);
      return { deleted: true };
    });
  }
}

const toSecret = ({ name, createdAt, updatedAt }: SecretEntity): Secret => ({
  name,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});
