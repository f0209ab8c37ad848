import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, DomainError, Log, sameDigest, secretId, sha256Hex } from '#slipway/platform';
import { BadTokenLimit } from './bad-token-limit.js';
import { type Scheme, type TokenCarrier, tokenOf } from './credentials.js';
import { TokensRepository } from './tokens.repository.js';

/** A checked caller. */
export interface Principal {
  account: string;
  actor: string;
  roles: readonly string[];
}

interface Seen {
  principal: Principal;
  checkedAt: number;
  notedAt: number;
}

/** A good token is looked up again after this time, so a revoked one stops within it. */
const freshMs = 2_000;
/** Its last use is written at most so often. */
const noteUseMs = 600_000;
const maxSeen = 10_000;

/** Too many bad tokens came from an address. */
export class TooManyBadTokens extends DomainError {
  constructor(readonly retryAfterSeconds: number) {
    super('rate_limited', `too many bad tokens from this address; wait ${retryAfterSeconds} s`);
  }
}

/** Checks API tokens. */
@Injectable()
export class TokensService {
  private readonly limit: BadTokenLimit;
  private readonly log: Log;
  /** Tokens that were good, by their digest: they are not held up by bad ones from the same address. */
  private readonly seen = new Map<string, Seen>();

  constructor(
    private readonly tokens: TokensRepository,
    @Inject(CLOCK) private readonly clock: Clock,
    log: Log,
  ) {
    this.limit = new BadTokenLimit(clock);
    this.log = log.for('tokens');
  }

  /** @throws DomainError `unauthenticated` with one text for every cause; TooManyBadTokens; `bad_request` for a token in a wrong place */
  async authenticate(request: TokenCarrier, schemes: readonly Scheme[] = ['Bearer']): Promise<Principal> {
    const text = tokenOf(request, schemes);
    const address = request.ip ?? '';
    const principal = text === undefined ? undefined : await this.principalOf(text, address);
    if (principal) return principal;
    if (text !== undefined) this.limit.note(address);
    throw new DomainError('unauthenticated', 'a valid API token is needed: send Authorization: Bearer <token>');
  }

  private async principalOf(text: string, address: string): Promise<Principal | undefined> {
    const digest = sha256Hex(text);
    const known = this.seen.get(digest);
    if (known && this.clock.monotonic() - known.checkedAt < freshMs) return known.principal;
    const wait = known ? 0 : this.limit.waitSeconds(address);
    if (wait > 0) throw new TooManyBadTokens(wait);
    const id = secretId('slp', text);
    if (id === undefined) return undefined;
    const row = await this.tokens.find(id);
    if (!row || !sameDigest(row.sha256, digest) || row.revokedAt !== null) {
      this.seen.delete(digest);
      return undefined;
    }
    const principal = { account: row.account, actor: `token:${row.id}`, roles: row.roles };
    this.remember(digest, principal, row.id, known);
    return principal;
  }

  private remember(digest: string, principal: Principal, id: string, known: Seen | undefined): void {
    const now = this.clock.monotonic();
    const due = known === undefined || now - known.notedAt >= noteUseMs;
    this.seen.set(digest, { principal, checkedAt: now, notedAt: due ? now : known.notedAt });
    if (this.seen.size > maxSeen) this.seen.delete(this.seen.keys().next().value!);
    if (due) void this.tokens.noteUse(id).catch((error: unknown) => this.log.warn('a use was not noted', { key: id }, error));
  }
}
