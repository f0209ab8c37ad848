import { hash, timingSafeEqual } from 'node:crypto';
import { DomainError } from '#slipway/platform';
import type { KnownKey } from '../routes/routed-service.js';

const bearer = /^Bearer +([\x21-\x7e]{1,256})$/i;

/**
 * The id of the key that a request carries.
 * @throws DomainError `unauthenticated`, with one text and the same work for every cause.
 */
export function checkKey(authorization: string | undefined, keys: readonly KnownKey[]): string {
  const text = bearer.exec(authorization ?? '')?.[1] ?? '';
  const digest = hash('sha256', text, 'buffer');
  let found: string | undefined;
  // No early end: the time must not tell which key matched.
  for (const key of keys) if (timingSafeEqual(digest, key.digest)) found = key.id;
  if (found === undefined || text === '') {
    throw new DomainError('unauthenticated', "a key of this service is needed: send the header 'Authorization: Bearer <key>'");
  }
  return found;
}
