import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { connect, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import pg from 'pg';
import {
  type CommandContext,
  type CommandDefinition,
  ListPythonVersions,
  type RequestInputOf,
  type ResponseOf,
} from '#slipway/contracts';
import { type Digest, digestOf, DistributionClient, layOutCanonicalTar, type TarEntry } from '#slipway/oci';
import {
  CommandClient,
  connectBus,
  InternalTokenSigner,
  Log,
  natsPermissions,
  runMigrations,
  type RunningService,
  setUpBus,
  sha256Hex,
  startService,
  uuidv7,
} from '#slipway/platform';
import { createDatabase, startNats, temporaryFolder, type TestDatabase, type TestNats } from '#slipway/testing';
import { AppModule } from '../src/app.module.js';
import { registryEnv } from '../src/env.js';
import { schema } from '../src/schema.js';

const account = 'acme';
const builderSecret = 'a-secret-of-the-builder';

export interface Stage {
  nats: TestNats;
  database: TestDatabase;
  home: string;
  /** Settings of a registry process of this stage. */
  settings: Record<string, string>;
  start(more?: Record<string, string>): Promise<RunningService>;
  context(more?: Partial<CommandContext>): CommandContext;
  send<C extends CommandDefinition>(command: C, body: RequestInputOf<C>, ctx?: CommandContext): Promise<ResponseOf<C>>;
  /** Authorization of a user of an account, as the gateway passes it on. */
  as(account: string, role?: string): Promise<string>;
  asBuilder: string;
  client(url: string, authorization?: string | (() => Promise<string>)): DistributionClient;
  query<T extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<T[]>;
  /** From now on the deployer knows these; undefined: it does not answer. */
  setPythons(versions: string[] | undefined): void;
  close(): Promise<void>;
}

export async function makeStage(): Promise<Stage> {
  const nats = await startNats({ permissions: natsPermissions() });
  const admin = await busAs(nats.url, nats.adminCreds!);
  await setUpBus(admin);
  await admin.close();
  const database = await createDatabase('registry');
  await runMigrations('registry', schema, database.adminUrl);
  const home = temporaryFolder('registry');
  const keys = generateKeyPairSync('ed25519');
  const [privateKeyFile, publicKeyFile, hashesFile] = ['private.pem', 'public.pem', 'hashes.json'].map((name) =>
    path.join(home, name),
  ) as [string, string, string];
  writeFileSync(privateKeyFile, keys.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(publicKeyFile, keys.publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(hashesFile, JSON.stringify({ builder: sha256Hex(builderSecret) }));
  const signer = await InternalTokenSigner.fromFile(privateKeyFile);
  const settings = {
    SLIPWAY_HOME: home,
    SLIPWAY_NATS_URL: nats.url,
    SLIPWAY_NATS_CREDS: nats.creds('registry'),
    SLIPWAY_DATABASE_URL: database.url,
    SLIPWAY_GATEWAY_PUBLIC_KEY_FILE: publicKeyFile,
    SLIPWAY_INTERNAL_SECRET_HASHES_FILE: hashesFile,
  };
  const running: RunningService[] = [];
  const gatewayBus = connectBus({ url: nats.url, credsFile: nats.creds('gateway'), service: 'gateway' }, Log.silent());
  const gateway = new CommandClient('gateway', gatewayBus);
  const deployer = await stubDeployer(nats);
  const administrator = new pg.Client({ connectionString: database.adminUrl });
  await administrator.connect();
  await administrator.query('SET search_path = registry');
  const context = (more: Partial<CommandContext> = {}): CommandContext => ({
    account,
    actor: 'token:test',
    roles: ['owner'],
    correlationId: uuidv7(),
    deadline: Date.now() + 20_000,
    idempotencyKey: uuidv7(),
    ...more,
  });
  return {
    nats,
    database,
    home,
    settings,
    context,
    start: async (more = {}) => {
      const env = registryEnv.parse({ ...settings, ...more });
      const service = await startService(
        { name: 'registry', env, schema, module: AppModule.of(env), streamedPaths: '/v2/' },
        Log.create('registry', process.env.TEST_LOG ?? 'silent'),
        (error) => {
          throw error;
        },
      );
      running.push(service);
      return service;
    },
    send: (command, body, ctx = context()) => gateway.send(command, body, ctx),
    as: async (name, role = 'contributor') =>
      `Bearer ${await signer.sign({ account: name, actor: 'token:test', roles: [role] })}`,
    asBuilder: `Bearer ${builderSecret}`,
    client: (baseUrl, authorization = `Bearer ${builderSecret}`) =>
      new DistributionClient({ baseUrl, authorization, attempts: 3, deadlineMs: 10_000 }),
    query: async <T extends pg.QueryResultRow>(sql: string, values?: unknown[]) =>
      (await administrator.query<T>(sql, values)).rows,
    setPythons: (versions) => deployer.set(versions),
    close: async () => {
      await Promise.all(running.map((service) => service.stop().catch(() => undefined)));
      await deployer.close();
      await (await gatewayBus).close();
      await administrator.end();
      await nats.close();
      await database.drop();
    },
  };
}

async function busAs(servers: string, credsFile: string): Promise<NatsConnection> {
  return connect({ servers, authenticator: nkeyAuthenticator(Buffer.from(readFileSync(credsFile, 'utf8').trim())) });
}

/** The one command of the deployer that the registry sends, answered on the real bus in the transport's own form. */
async function stubDeployer(nats: TestNats) {
  const connection = await connectBus({ url: nats.url, credsFile: nats.creds('deployer'), service: 'deployer' }, Log.silent());
  let versions: string[] | undefined = ['3.11'];
  connection.subscribe(ListPythonVersions.subject, {
    callback: (_error, message) => {
      if (versions === undefined) return;
      const { id } = message.json<{ id: string }>();
      const response = { versions: versions.map((version) => ({ version, path: `/usr/bin/python${version}` })) };
      message.respond(JSON.stringify({ id, response, isDisposed: true }));
    },
  });
  return {
    set: (known: string[] | undefined) => {
      versions = known;
    },
    close: () => connection.close(),
  };
}

export interface Packed {
  digest: Digest;
  bytes: Buffer;
  url: string;
}

/** A canonical tar of these files below `app/`, as the CLI makes it. */
export async function pack(files: Record<string, string | Buffer>): Promise<Packed> {
  const entries = Object.entries(files).map(([name, text]): TarEntry => {
    if (name.endsWith('/')) return { path: `app/${name.slice(0, -1)}`, kind: 'directory' };
    const bytes = Buffer.from(text);
    return { path: `app/${name}`, kind: 'file', size: bytes.length, open: (start = 0) => Readable.from([bytes.subarray(start)]) };
  });
  const tar = await layOutCanonicalTar(entries);
  const chunks: Buffer[] = [];
  for await (const chunk of tar.open()) chunks.push(chunk as Buffer);
  return packed(Buffer.concat(chunks));
}

export function packed(bytes: Buffer): Packed {
  const digest = digestOf(bytes);
  return { digest, bytes, url: `blob:${digest}` };
}

export async function push(client: DistributionClient, repository: string, blob: Packed): Promise<Packed> {
  const { digest, bytes } = blob;
  await client.pushBlob(repository, { digest, size: bytes.length, open: (offset) => Readable.from([bytes.subarray(offset)]) });
  return blob;
}

export async function eventually(check: () => Promise<void>, withinMs = 15_000): Promise<void> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
