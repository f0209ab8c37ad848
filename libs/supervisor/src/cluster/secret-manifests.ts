import { createHash, randomBytes } from 'node:crypto';
import { SetupError } from '../errors.js';
import { adminUser, newKeyPair } from '../home/secrets.js';
import { newSeed, publicKeyOf } from '../nats/keys.js';
import { apps, databaseName } from '../parts/specs.js';
import { administrator } from '../postgres/server.js';

export interface ClusterSecretsSpec {
  namespace: string;
  /** What the names of the Secrets begin with; the chart's full name. */
  prefix: string;
  /** The administrator's database; absent for the chart's own PostgreSQL. */
  adminDatabaseUrl?: string | undefined;
}

/** A Kubernetes Secret as it is applied. */
export interface SecretManifest {
  apiVersion: 'v1';
  kind: 'Secret';
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  type: 'Opaque';
  stringData: Record<string, string>;
}

const random = (bytes: number): string => randomBytes(bytes).toString('hex');

/**
 * Everything secret of an installation in a cluster, made anew: one Secret a service with what only that service has, one
 * of the administrator for migrations, and one with what all may know (public keys, hashes). What seals data cannot be
 * made again: keep them.
 * @throws SetupError `setting_wrong`
 */
export async function clusterSecrets(spec: ClusterSecretsSpec): Promise<SecretManifest[]> {
  const { makeSecret } = await import('#slipway/platform');
  const admin = adminDatabase(spec);
  const gateway = newKeyPair();
  const seeds = new Map([adminUser, ...apps.map((app) => app.name)].map((user) => [user, newSeed()]));
  const internal = new Map(apps.map((app) => [app.name, random(32)]));
  const passwords = new Map(apps.filter((app) => app.stateful).map((app) => [app.name as string, random(24)]));

  const manifest = (part: string, stringData: Record<string, string>): SecretManifest => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `${spec.prefix}-${part}`,
      namespace: spec.namespace,
      labels: { 'app.kubernetes.io/name': 'slipway', 'app.kubernetes.io/component': part },
    },
    type: 'Opaque',
    stringData,
  });
  const ofService = apps.map(({ name, stateful }) =>
    manifest(name, {
      'nats.creds': seeds.get(name)!,
      'internal.secret': internal.get(name)!,
      ...(stateful ? { 'database-url': serviceUrl(admin, name, passwords.get(name)!), 'seal.key': random(32) } : {}),
      ...(name === 'gateway' ? { 'gateway.key.pem': gateway.privateKey, 'owner-token': makeSecret('slp').text } : {}),
    }),
  );
  const hashes = Object.fromEntries(
    [...internal].map(([name, secret]) => [name, createHash('sha256').update(secret).digest('hex')]),
  );
  return [
    manifest('admin', {
      'database-url': admin.href,
      'database-password': decodeURIComponent(admin.password),
      'role-passwords.json': JSON.stringify(Object.fromEntries(passwords)),
      'nats.creds': seeds.get(adminUser)!,
    }),
    manifest('shared', {
      'gateway.pub.pem': gateway.publicKey,
      'internal-hashes.json': JSON.stringify(hashes),
      ...Object.fromEntries([...seeds].map(([user, seed]) => [`nats-${user}.pub`, publicKeyOf(seed)])),
    }),
    ...ofService,
  ];
}

function adminDatabase({ prefix, adminDatabaseUrl }: ClusterSecretsSpec): URL {
  const url = URL.parse(
    adminDatabaseUrl ?? `postgresql://${administrator}:${random(24)}@${prefix}-postgres:5432/${databaseName}`,
  );
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.length < 2)
    throw new SetupError(
      'setting_wrong',
      'SLIPWAY_ADMIN_DATABASE_URL is not postgresql://<user>:<password>@<host>:<port>/<database>',
    );
  return url;
}

function serviceUrl(admin: URL, role: string, password: string): string {
  const url = new URL(admin);
  Object.assign(url, { username: role, password });
  return url.href;
}
