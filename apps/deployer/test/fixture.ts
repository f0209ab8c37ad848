import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { connect, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import pg from 'pg';
import {
  type Accepted,
  type CommandContext,
  type CommandDefinition,
  GetImage,
  GetService,
  GetServiceOperation,
  type LoadSample,
  loadSubject,
  type Operation,
  type RequestInputOf,
  type ResponseOf,
  type RouteRecord,
  type Service,
} from '#slipway/contracts';
import { removeUnpacked } from '#slipway/oci';
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
import { deployerEnv } from '../src/env.js';
import { schema } from '../src/schema.js';
import { FakeRegistry } from './images/fake-registry.js';

const account = 'acme';
const routerSecret = 'a-secret-of-the-router';

export interface Stage {
  nats: TestNats;
  database: TestDatabase;
  registry: FakeRegistry;
  home: string;
  /** Settings of a deployer process of this stage. */
  settings: Record<string, string>;
  start(more?: Record<string, string>): Promise<RunningService>;
  context(more?: Partial<CommandContext>): CommandContext;
  send<C extends CommandDefinition>(command: C, body: RequestInputOf<C>, ctx?: CommandContext): Promise<ResponseOf<C>>;
  /** Waits for the operation's end. */
  finish(accepted: Accepted, withinMs?: number): Promise<Operation>;
  service(ref: string): Promise<Service>;
  /** Routes as a router without NATS reads them. */
  snapshot(url: string, environment?: string): Promise<RouteRecord[]>;
  as(account: string): Promise<string>;
  asRouter: string;
  query<T extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<T[]>;
  /** Publishes a load sample as a router. */
  sample(sample: LoadSample): void;
  close(): Promise<void>;
}

export async function makeStage(): Promise<Stage> {
  const nats = await startNats({ permissions: natsPermissions() });
  const admin = await busAs(nats.url, nats.adminCreds!);
  await setUpBus(admin);
  await admin.close();
  const database = await createDatabase('deployer');
  await runMigrations('deployer', schema, database.adminUrl);
  const home = temporaryFolder('deployer');
  const registry = new FakeRegistry();
  const registryUrl = await registry.listen();
  const file = (name: string, text: string): string => {
    const target = path.join(home, name);
    writeFileSync(target, text, { mode: 0o600 });
    return target;
  };
  const keys = generateKeyPairSync('ed25519');
  const privateKeyFile = file('private.pem', keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const settings = {
    SLIPWAY_HOME: home,
    SLIPWAY_NATS_URL: nats.url,
    SLIPWAY_NATS_CREDS: nats.creds('deployer'),
    SLIPWAY_DATABASE_URL: database.url,
    SLIPWAY_REGISTRY_URL: registryUrl,
    SLIPWAY_SEAL_KEY_FILE: file('seal.key', '5a'.repeat(32)),
    SLIPWAY_INTERNAL_SECRET_FILE: file('secret', 'a-secret-of-the-deployer'),
    SLIPWAY_GATEWAY_PUBLIC_KEY_FILE: file('public.pem', keys.publicKey.export({ type: 'spki', format: 'pem' }).toString()),
    SLIPWAY_INTERNAL_SECRET_HASHES_FILE: file('hashes.json', JSON.stringify({ router: sha256Hex(routerSecret) })),
    PATH: '/usr/local/bin:/usr/bin:/bin',
  };
  const signer = await InternalTokenSigner.fromFile(privateKeyFile);
  const running: RunningService[] = [];
  const gatewayBus = connectBus({ url: nats.url, credsFile: nats.creds('gateway'), service: 'gateway' }, Log.silent());
  const gateway = new CommandClient('gateway', gatewayBus);
  const builder = await stubBuilder(nats, registry);
  const router = await busAs(nats.url, nats.creds('router'));
  const administrator = new pg.Client({ connectionString: database.adminUrl });
  await administrator.connect();
  await administrator.query('SET search_path = deployer');
  const context = (more: Partial<CommandContext> = {}): CommandContext => ({
    account,
    actor: 'token:test',
    roles: ['owner'],
    correlationId: uuidv7(),
    deadline: Date.now() + 20_000,
    idempotencyKey: uuidv7(),
    ...more,
  });
  const query = async <T extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<T[]> =>
    (await administrator.query<T>(sql, values)).rows;
  const send: Stage['send'] = (command, body, ctx = context()) => gateway.send(command, body, ctx);
  return {
    nats,
    database,
    registry,
    home,
    settings,
    context,
    query,
    send,
    start: async (more = {}) => {
      const env = deployerEnv.parse({ ...settings, ...more });
      const log = Log.create('deployer', process.env.TEST_LOG ?? 'silent');
      const service = await startService({ name: 'deployer', env, schema, module: AppModule.of(env) }, log, (error) => {
        throw error;
      });
      running.push(service);
      return service;
    },
    finish: async (accepted, withinMs = 45_000) => {
      let operation: Operation | undefined;
      await eventually(async () => {
        operation = await send(GetServiceOperation, { id: accepted.operationId });
        if (operation.state === 'Running') throw new Error(`the operation still is: ${operation.progress}`);
      }, withinMs);
      return operation!;
    },
    service: (ref) => send(GetService, { ref }),
    snapshot: async (url, environment = 'local') => {
      const answer = await fetch(`${url}/internal/snapshot?environment=${environment}`, {
        headers: { authorization: `Bearer ${routerSecret}` },
      });
      return ((await answer.json()) as { routes: RouteRecord[] }).routes;
    },
    as: async (name) => `Bearer ${await signer.sign({ account: name, actor: 'token:test', roles: ['contributor'] })}`,
    asRouter: `Bearer ${routerSecret}`,
    sample: (sample) => {
      router.publish(loadSubject(sample.environment, sample.routerId), JSON.stringify(sample));
    },
    close: async () => {
      await Promise.all(running.map((service) => service.stop().catch(() => undefined)));
      await endReplicas(query);
      await builder.close();
      await router.close();
      await (await gatewayBus).close();
      await administrator.end();
      await registry.close();
      await nats.close();
      await database.drop();
      // Read-only folders outlast an ordinary user's clean-up.
      await removeUnpacked(path.join(home, 'layers'));
    },
  };
}

async function endReplicas(query: Stage['query']): Promise<void> {
  const rows = await query<{ identity: string }>(`SELECT identity FROM replica WHERE identity IS NOT NULL`);
  for (const { identity } of rows) {
    const [pid, ticks] = identity.split('/').map(Number) as [number, number];
    if (startTicks(pid) === String(ticks)) process.kill(-pid, 'SIGKILL');
  }
}

/** Start of a process that is there, from its own stat; undefined for one that ended. */
export function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

async function busAs(servers: string, credsFile: string): Promise<NatsConnection> {
  return connect({ servers, authenticator: nkeyAuthenticator(Buffer.from(readFileSync(credsFile, 'utf8').trim())) });
}

/** The one command of the builder that the deployer sends, answered on the real bus in the transport's own form. */
async function stubBuilder(nats: TestNats, registry: FakeRegistry) {
  const connection = await connectBus({ url: nats.url, credsFile: nats.creds('builder'), service: 'builder' }, Log.silent());
  connection.subscribe(GetImage.subject, {
    callback: (_error, message) => {
      const { id, data } = message.json<{ id: string; data: { ref: string } }>();
      const response = registry.images.get(data.ref);
      const err = { code: 'not_found', message: `there is no image '${data.ref}'`, details: [] };
      message.respond(JSON.stringify(response ? { id, response, isDisposed: true } : { id, err, isDisposed: true }));
    },
  });
  return connection;
}

export async function eventually(check: () => Promise<void> | void, withinMs = 15_000): Promise<void> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A script that answers with its version, its process and what it was given. */
export const script = (version: string, more = ''): string => `
import os, time
import somelib
def init():
    global model
    model = open('outputs/model.txt').read().strip()
    ${more}
def run(body):
    return {"version": ${JSON.stringify(version)}, "model": model, "pid": os.getpid(), "uid": os.getuid(), "body": body,
            "env": {k: v for k, v in os.environ.items() if k in ("GREETING", "FROM_IMAGE", "HOME", "USER", "AML_APP_ROOT")}}
`;

export async function score(route: RouteRecord | undefined, body = 'x'): Promise<Record<string, unknown>> {
  const endpoint = route?.revisions[0]?.endpoints[0];
  if (!endpoint) throw new Error('the route has no endpoint');
  const answer = await fetch(`http://${endpoint.host}:${endpoint.port}/score`, { method: 'POST', body });
  return (await answer.json()) as Record<string, unknown>;
}
