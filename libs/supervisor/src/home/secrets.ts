import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SetupError } from '../errors.js';
import { readText, writeAtomically } from '../files.js';
import { newSeed } from '../nats/keys.js';
import type { Config } from './config.js';
import type { Layout } from './layout.js';

/** Files of `secrets/`, each 0600. */
export interface Secrets {
  sealKey(service: string): string;
  internalSecret(service: string): string;
  internalHashes: string;
  natsSeed(user: string): string;
  databasePassword(role: string): string;
  gatewayPrivateKey: string;
  gatewayPublicKey: string;
  builderPrivateKey: string;
  builderPublicKey: string;
  ownerToken: string;
}

/** The bus's administrator and PostgreSQL's, beside the services. */
export const adminUser = 'admin';

export function secretsOf(layout: Layout): Secrets {
  const file = (...parts: string[]): string => path.join(layout.secrets, ...parts);
  return {
    sealKey: (service) => file('seal', `${service}.key`),
    internalSecret: (service) => file('internal', `${service}.secret`),
    internalHashes: file('internal', 'hashes.json'),
    natsSeed: (user) => file('nats', `${user}.nk`),
    databasePassword: (role) => file('postgres', `${role}.password`),
    gatewayPrivateKey: file('gateway.key.pem'),
    gatewayPublicKey: file('gateway.pub.pem'),
    builderPrivateKey: file('builder.key.pem'),
    builderPublicKey: file('builder.pub.pem'),
    ownerToken: file('owner-token'),
  };
}

export interface SecretOwners {
  /** Services with tables: a role and a sealing key. */
  stateful: readonly string[];
  /** All services: an internal secret and a user of the bus. */
  all: readonly string[];
}

/**
 * Makes what is missing. What protects data that exists is never made anew: a new key would make it unreadable for ever.
 * @param dataExists whether PostgreSQL's data folder is there.
 * @returns the services that have a sealing key now.
 */
export function ensureSecrets(
  layout: Layout,
  config: Config,
  owners: SecretOwners,
  dataExists: boolean,
  newToken: () => string,
): string[] {
  const secrets = secretsOf(layout);
  for (const name of ['seal', 'internal', 'nats', 'postgres']) {
    mkdirSync(path.join(layout.secrets, name), { recursive: true, mode: 0o700 });
    chmodSync(path.join(layout.secrets, name), 0o700);
  }
  for (const role of [adminUser, ...owners.stateful]) {
    const file = secrets.databasePassword(role);
    if (role === adminUser && dataExists && !existsSync(file)) throw lost(file, 'the database cannot be opened');
    ensure(file, () => randomBytes(24).toString('hex'));
  }
  for (const service of owners.stateful) {
    const file = secrets.sealKey(service);
    if (dataExists && config.sealed.includes(service) && !existsSync(file))
      throw lost(file, `the secrets of the ${service} cannot be read`);
    ensure(file, () => randomBytes(32).toString('hex'));
  }
  for (const user of [adminUser, ...owners.all]) ensure(secrets.natsSeed(user), newSeed);
  for (const service of owners.all) ensure(secrets.internalSecret(service), () => randomBytes(32).toString('hex'));
  writeHashes(secrets, owners.all);
  ensureKeyPair(secrets.gatewayPrivateKey, secrets.gatewayPublicKey);
  ensureKeyPair(secrets.builderPrivateKey, secrets.builderPublicKey);
  ensure(secrets.ownerToken, newToken);
  return [...new Set([...config.sealed, ...owners.stateful])];
}

function ensure(file: string, make: () => string): void {
  if (!existsSync(file)) writeAtomically(file, make());
}

function lost(file: string, consequence: string): SetupError {
  return new SetupError('home_unusable', `${file} is missing, and without it ${consequence}; restore it from a backup`);
}

function writeHashes(secrets: Secrets, services: readonly string[]): void {
  const digest = (file: string): string => createHash('sha256').update(readFileSync(file, 'utf8').trim()).digest('hex');
  const text = `${JSON.stringify(Object.fromEntries(services.map((name) => [name, digest(secrets.internalSecret(name))])), null, 2)}\n`;
  if (readText(secrets.internalHashes) !== text) writeAtomically(secrets.internalHashes, text);
}

/** A key pair: the gateway's tokens for the other services, or the builder's statements about images. */
export const newKeyPair = (): { privateKey: string; publicKey: string } =>
  generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });

function ensureKeyPair(privateFile: string, publicFile: string): void {
  if (existsSync(privateFile) && existsSync(publicFile)) return;
  const { privateKey, publicKey } = newKeyPair();
  writeAtomically(publicFile, publicKey);
  writeAtomically(privateFile, privateKey);
}
