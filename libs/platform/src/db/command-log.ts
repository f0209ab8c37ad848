import type { CommandContext, CommandDefinition, RequestOf, ResponseOf } from '#slipway/contracts';
import { DomainError } from '../errors.js';
import { canonicalJson, sha256Hex } from '../ids.js';
import { Database, type Transaction } from './database.js';

/** How long an idempotency key is remembered. */
export const commandLogHours = 24;

/** Makes a mutating command happen once: its key, its effect and its answer commit together. */
export class CommandLog {
  constructor(private readonly database: Database) {}

  /**
   * Runs `work` in a transaction unless the same account's key has already done so; then gives the first answer again.
   * Two calls at once with one key wait for each other.
   * @throws DomainError `idempotency_mismatch` for the same key with another command or body; `bad_request` without a key.
   */
  async once<C extends CommandDefinition>(
    command: C,
    input: RequestOf<C>,
    ctx: CommandContext,
    work: (tx: Transaction) => Promise<ResponseOf<C>>,
  ): Promise<ResponseOf<C>> {
    const key = ctx.idempotencyKey;
    if (!key)
      throw new DomainError(
        'bad_request',
        `${command.subject} changes something and needs an idempotency key; send the Idempotency-Key header`,
      );
    const hash = sha256Hex(canonicalJson(input));
    return this.database.transaction(async (tx) => {
      const inserted: unknown[] = await tx.query(
        'INSERT INTO command_log (account, key, command, request_hash) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING key',
        [ctx.account, key, command.subject, hash],
      );
      if (inserted.length === 0) return this.firstAnswer(tx, command, key, hash, ctx.account);
      const response = await work(tx);
      await tx.query('UPDATE command_log SET response = $3 WHERE account = $1 AND key = $2', [
        ctx.account,
        key,
        JSON.stringify(response ?? null),
      ]);
      return response;
    });
  }

  /**
   * The answer that {@link once} gave to this key, undefined when it gave none: for a service that gathers things before its
   * transaction, so that a repeated command needs none of them.
   * @throws DomainError as {@link once} does.
   */
  async recall<C extends CommandDefinition>(
    command: C,
    input: RequestOf<C>,
    ctx: CommandContext,
  ): Promise<ResponseOf<C> | undefined> {
    const key = ctx.idempotencyKey;
    if (!key) return undefined;
    return this.database.read(async (manager) => {
      const known: unknown[] = await manager.query('SELECT 1 FROM command_log WHERE account = $1 AND key = $2', [
        ctx.account,
        key,
      ]);
      return known.length > 0 ? this.firstAnswer(manager, command, key, sha256Hex(canonicalJson(input)), ctx.account) : undefined;
    });
  }

  private async firstAnswer<C extends CommandDefinition>(
    tx: Transaction,
    command: C,
    key: string,
    hash: string,
    account: string,
  ): Promise<ResponseOf<C>> {
    const [row] = await tx.query<{ command: string; request_hash: string; response: unknown }[]>(
      'SELECT command, request_hash, response FROM command_log WHERE account = $1 AND key = $2',
      [account, key],
    );
    if (row?.command !== command.subject || row.request_hash !== hash) {
      throw new DomainError(
        'idempotency_mismatch',
        `the Idempotency-Key '${key}' was used for another request in the last ${commandLogHours} hours; use a new key`,
      );
    }
    return command.response.parse(row.response) as ResponseOf<C>;
  }
}
