import { readFileSync } from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import { AccountCreated, TokenIssued } from '#slipway/contracts';
import {
  CLOCK,
  type Clock,
  Database,
  DomainError,
  Log,
  makeSecret,
  Outbox,
  sameDigest,
  secretId,
  sha256Hex,
  uuidv7,
} from '#slipway/platform';
import { BadTokenLimit } from './bad-token-limit.js';
import { writeSecretFile } from './secret-file.js';
import { TokensRepository } from './tokens.repository.js';

/** A checked caller. */
export interface Principal {
  account: string;
  actor: string;
  roles: readonly string[];
}

/** The parts of a request that can hold a token. */
export interface TokenCarrier {
  headers: { authorization?: string | undefined };
  rawHeaders: string[];
  url: string;
  ip?: string | undefined;
}

export const OWNER_TOKEN_FILE = Symbol('owner-token-file');
const defaultAccount = 'default';
const shape = /^(?:Bearer ([^\s]+)|Basic ([A-Za-z0-9+/=]+))$/i;

/** Issues API tokens and checks them. */
@Injectable()
export class TokensService {
  private readonly limit: BadTokenLimit;
  private readonly log: Log;

  constructor(
    private readonly database: Database,
    private readonly tokens: TokensRepository,
    private readonly outbox: Outbox,
    @Inject(OWNER_TOKEN_FILE) private readonly ownerTokenFile: string,
    @Inject(CLOCK) clock: Clock,
    log: Log,
  ) {
    this.limit = new BadTokenLimit(clock);
    this.log = log.for('tokens');
  }

  /** @throws DomainError `unauthenticated` with one text for every cause; `rate_limited` after many; `bad_request` for a token in a wrong place. */
  async authenticate(request: TokenCarrier): Promise<Principal> {
    const address = request.ip ?? '';
    this.limit.check(address);
    if (
      request.rawHeaders.filter((_value, index) => index % 2 === 0).filter((name) => name.toLowerCase() === 'authorization')
        .length > 1
    ) {
      throw new DomainError('bad_request', 'a request has one Authorization header');
    }
    if (/[?&][^=]*=slp_/.test(request.url))
      throw new DomainError('bad_request', 'a token goes into the Authorization header, never into the address');
    const principal = await this.principalOf(tokenOf(request.headers.authorization));
    if (principal) return principal;
    this.limit.note(address);
    throw new DomainError('unauthenticated', 'a valid API token is needed: send Authorization: Bearer <token>');
  }

  /** Makes the account `default` and its owner's token at the first start, and the token again when its file was lost. */
  async ensureOwner(): Promise<void> {
    if (await this.principalOf(this.fileToken())) return;
    const secret = makeSecret('slp');
    const cause = { account: defaultAccount, actor: 'system', correlationId: uuidv7() };
    const token = {
      id: secret.id,
      sha256: secret.sha256,
      account: defaultAccount,
      roles: ['owner'],
      description: 'owner of the installation',
    };
    await this.database.transaction(async (tx) => {
      const accountId = uuidv7();
      if (await this.tokens.insertAccount(tx, { slug: defaultAccount, id: accountId })) {
        await this.outbox.append(tx, AccountCreated, { id: accountId, version: 1 }, { account: defaultAccount }, cause);
      }
      await this.tokens.insertToken(tx, token);
      await this.outbox.append(
        tx,
        TokenIssued,
        { id: secret.id, version: 1 },
        { tokenId: secret.id, roles: token.roles, description: token.description },
        cause,
      );
      // Before the commit: a token without its file would be lost, a file without its row is made anew at the next start.
      writeSecretFile(this.ownerTokenFile, secret.text);
    });
    this.log.info('the owner token was written', { file: this.ownerTokenFile });
  }

  private fileToken(): string | undefined {
    try {
      return readFileSync(this.ownerTokenFile, 'utf8').trim();
    } catch {
      return undefined;
    }
  }

  private async principalOf(text: string | undefined): Promise<Principal | undefined> {
    const id = text === undefined ? undefined : secretId('slp', text);
    if (text === undefined || id === undefined) return undefined;
    const row = await this.tokens.find(id);
    if (!row || row.revokedAt !== null || !sameDigest(row.sha256, sha256Hex(text))) return undefined;
    return { account: row.account, actor: `token:${row.id}`, roles: row.roles };
  }
}

/** The token of a Bearer header, or the password of a Basic one, as `docker login` sends it. */
function tokenOf(authorization: string | undefined): string | undefined {
  const match = shape.exec(authorization ?? '');
  if (match?.[1] !== undefined) return match[1];
  if (match?.[2] === undefined) return undefined;
  const text = Buffer.from(match[2], 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}
