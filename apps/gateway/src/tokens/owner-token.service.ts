import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AccountCreated, TokenIssued } from '#slipway/contracts';
import {
  Database,
  failpoint,
  Log,
  makeSecret,
  Outbox,
  sameDigest,
  secretId,
  type SecretText,
  sha256Hex,
  type Transaction,
  uuidv7,
} from '#slipway/platform';
import { SecretFile } from './secret-file.adapter.js';
import { TokensRepository } from './tokens.repository.js';

const account = 'default';
const roles = ['owner'];
const description = 'owner of the installation';

/** Before the first request is taken, the account `default` exists and the owner's file holds a token of it that works. */
@Injectable()
export class OwnerTokenService implements OnApplicationBootstrap {
  private readonly log: Log;

  constructor(
    private readonly database: Database,
    private readonly tokens: TokensRepository,
    private readonly outbox: Outbox,
    private readonly file: SecretFile,
    log: Log,
  ) {
    this.log = log.for('tokens');
  }

  async onApplicationBootstrap(): Promise<void> {
    const cause = { account, actor: 'system', correlationId: uuidv7() };
    await this.database.transaction(async (tx) => {
      await this.tokens.lockOwner(tx);
      const accountId = uuidv7();
      if (await this.tokens.insertAccount(tx, { slug: account, id: accountId }))
        await this.outbox.append(tx, AccountCreated, { id: accountId, version: 1 }, { account }, cause);
      const token = await this.missingToken();
      if (!token) return;
      await this.tokens.insertToken(tx, { id: token.id, sha256: token.sha256, account, roles, description });
      await this.announce(tx, token, cause);
      // Before the commit: a token without its file would be lost, a file without its row is taken up by the next start.
      if (this.file.read() !== token.text) this.write(token);
      await failpoint('gateway.before_owner_commit');
    });
  }

  /**
   * The token that has to be stored, undefined when the file's works. A well-formed one that nobody knows was put there
   * by who set the installation up, and becomes the owner's; a broken or revoked one gives way to a new one, unless the
   * file is not ours to write: then whoever wrote it writes the next one too.
   */
  private async missingToken(): Promise<SecretText | undefined> {
    const text = this.file.read();
    const id = text === undefined ? undefined : secretId('slp', text);
    if (text === undefined || id === undefined) return this.newToken();
    const sha256 = sha256Hex(text);
    const row = await this.tokens.find(id);
    if (!row) return { id, text, sha256 };
    return row.revokedAt === null && sameDigest(row.sha256, sha256) ? undefined : this.newToken();
  }

  private newToken(): SecretText | undefined {
    if (this.file.writable) return makeSecret('slp');
    this.log.warn('the owner token does not work, and its file cannot be written', { file: this.file.path });
    return undefined;
  }

  private announce(tx: Transaction, token: SecretText, cause: { account: string; actor: string; correlationId: string }) {
    return this.outbox.append(tx, TokenIssued, { id: token.id, version: 1 }, { tokenId: token.id, roles, description }, cause);
  }

  private write(token: SecretText): void {
    this.file.write(token.text);
    this.log.info('the owner token was written', { file: this.file.path });
  }
}
