import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type CryptoKey, importPKCS8, importSPKI, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { DomainError } from '../errors.js';
import { sameDigest } from '../ids.js';

/** Who calls a service's internal listener: an account through the gateway, or another service. */
export interface InternalCaller {
  /** The only account that the caller may touch; undefined for a service, which may touch all. */
  account: string | undefined;
  actor: string;
  roles: readonly string[];
}

const audience = 'slipway-internal';
const issuer = 'slipway-gateway';
const lifetimeSeconds = 60;

const Claims = z.object({ account: z.string(), sub: z.string(), roles: z.array(z.string()) });
const Hashes = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/));

/** Signs the 60-second tokens with which the gateway passes a caller on to a service (Ed25519, RFC 8037). */
export class InternalTokenSigner {
  private constructor(private readonly key: CryptoKey) {}

  static async fromFile(privateKeyFile: string): Promise<InternalTokenSigner> {
    return new InternalTokenSigner(await importPKCS8(readFileSync(privateKeyFile, 'utf8'), 'EdDSA'));
  }

  sign(caller: { account: string; actor: string; roles: readonly string[] }): Promise<string> {
    return new SignJWT({ account: caller.account, roles: [...caller.roles] })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setSubject(caller.actor)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${lifetimeSeconds}s`)
      .sign(this.key);
  }
}

/** Checks what comes with a request to an internal listener. */
export class InternalAuth {
  private constructor(
    private readonly publicKeys: CryptoKey[],
    private readonly hashes: ReadonlyMap<string, string>,
  ) {}

  static async create(files: {
    publicKeyFiles?: string | undefined;
    secretHashesFile?: string | undefined;
  }): Promise<InternalAuth> {
    const keys = (files.publicKeyFiles ?? '').split(',').filter(Boolean);
    const publicKeys = await Promise.all(keys.map((file) => importSPKI(readFileSync(file, 'utf8'), 'EdDSA')));
    const hashes = files.secretHashesFile ? Hashes.parse(JSON.parse(readFileSync(files.secretHashesFile, 'utf8'))) : {};
    return new InternalAuth(publicKeys, new Map(Object.entries(hashes)));
  }

  /** @throws DomainError `unauthenticated`, with one text for every cause. */
  async authenticate(authorization: string | undefined): Promise<InternalCaller> {
    const token = /^Bearer ([^\s]+)$/.exec(authorization ?? '')?.[1];
    const caller =
      token === undefined ? undefined : token.split('.').length === 3 ? await this.fromToken(token) : this.fromSecret(token);
    if (!caller) throw new DomainError('unauthenticated', 'this listener needs a token of the gateway or a secret of a service');
    return caller;
  }

  private async fromToken(token: string): Promise<InternalCaller | undefined> {
    for (const key of this.publicKeys) {
      try {
        const { payload } = await jwtVerify(token, key, { algorithms: ['EdDSA'], issuer, audience, clockTolerance: 5 });
        const claims = Claims.parse(payload);
        return { account: claims.account, actor: claims.sub, roles: claims.roles };
      } catch {
        // The next key may be the one that signed it.
      }
    }
    return undefined;
  }

  private fromSecret(secret: string): InternalCaller | undefined {
    const digest = createHash('sha256').update(secret).digest('hex');
    for (const [service, known] of this.hashes) {
      if (sameDigest(digest, known)) return { account: undefined, actor: `service:${service}`, roles: ['system'] };
    }
    return undefined;
  }
}

/** The value of the Authorization header that a service sends to another one's listener. */
export function internalAuthorization(secretFile: string | undefined): string {
  if (!secretFile) throw new Error('SLIPWAY_INTERNAL_SECRET_FILE is not set: this service calls others and needs its own secret');
  return `Bearer ${readFileSync(secretFile, 'utf8').trim()}`;
}
