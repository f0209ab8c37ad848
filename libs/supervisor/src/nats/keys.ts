import { createUser, fromSeed } from '@nats-io/nkeys';

/** A new user's seed, as it stands in a credentials file. */
export const newSeed = (): string => Buffer.from(createUser().getSeed()).toString('utf8');

/** The public key of a seed. */
export const publicKeyOf = (seed: string): string => fromSeed(Buffer.from(seed.trim())).getPublicKey();
