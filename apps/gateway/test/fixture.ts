import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import {
  type CommandContext,
  type CommandDefinition,
  type RequestOf,
  type ResponseOf,
  type ServiceName,
} from '#slipway/contracts';
import {
  type DomainError,
  inboxPrefix,
  InternalAuth,
  Log,
  natsPermissions,
  readContext,
  runMigrations,
  type RunningService,
  setUpBus,
  startService,
  toWireError,
} from '#slipway/platform';
import { createDatabase, startNats, type TestDatabase, type TestNats } from '#slipway/testing';
import { gatewayEnv } from '../src/env.js';
import { gateway } from '../src/gateway.js';
import { schema } from '../src/schema.js';

export interface Asked {
  subject: string;
  body: unknown;
  ctx: CommandContext;
}

/** A service on the bus that answers only what a test told it to, and remembers what it was asked. */
export class FakeService {
  readonly asked: Asked[] = [];
  private readonly answers = new Map<string, (body: never, ctx: CommandContext) => unknown>();

  private constructor(private readonly connection: NatsConnection) {}

  static async start(name: ServiceName, nats: TestNats): Promise<FakeService> {
    const connection = await connect({
      servers: nats.url,
      authenticator: nkeyAuthenticator(readFileSync(nats.creds(name))),
      inboxPrefix: inboxPrefix(name),
    });
    const fake = new FakeService(connection);
    connection.subscribe(`cmd.${name}.>`, {
      queue: name,
      callback: (_error, message) => {
        const { id, data } = message.json<{ id: string; data: unknown }>();
        void fake
          .answer({ subject: message.subject, body: data, ctx: readContext(message.headers) })
          .then(
            (response) => ({ id, response, isDisposed: true }),
            (error: unknown) => ({ id, err: toWireError(error), isDisposed: true }),
          )
          .then((packet) => message.respond(JSON.stringify(packet)));
      },
    });
    await connection.flush();
    return fake;
  }

  on<C extends CommandDefinition>(
    command: C,
    answer: (body: RequestOf<C>, ctx: CommandContext) => ResponseOf<C> | DomainError | Promise<ResponseOf<C>>,
  ): void {
    this.answers.set(command.subject, answer as (body: never, ctx: CommandContext) => unknown);
  }

  stop(): Promise<void> {
    return this.connection.close();
  }

  private async answer(asked: Asked): Promise<unknown> {
    this.asked.push(asked);
    const answer = this.answers.get(asked.subject);
    if (!answer) throw new Error(`no test said how to answer ${asked.subject}`);
    const result = await answer(asked.body as never, asked.ctx);
    if (result instanceof Error) throw result;
    return result;
  }
}

/** A service's internal listener, which checks the gateway's tokens as the real ones do. */
export interface FakeListener {
  url: string;
  /** What came in, with the caller's account. */
  seen: { method: string; url: string; headers: IncomingMessage['headers']; account: string | undefined }[];
  handle: (request: IncomingMessage, response: ServerResponse) => void;
  server: Server;
}

async function startListener(auth: InternalAuth): Promise<FakeListener> {
  const listener: FakeListener = {
    url: '',
    seen: [],
    handle: (_request, response) => response.writeHead(500).end(),
    server: createServer((request, response) => {
      auth.authenticate(request.headers.authorization).then(
        ({ account }) => {
          listener.seen.push({ method: request.method!, url: request.url!, headers: request.headers, account });
          listener.handle(request, response);
        },
        () => response.writeHead(401).end(),
      );
    }),
  };
  await new Promise<void>((resolve) => listener.server.listen(0, '127.0.0.1', resolve));
  listener.url = `http://127.0.0.1:${(listener.server.address() as AddressInfo).port}`;
  return listener;
}

export interface Stage {
  nats: TestNats;
  database: TestDatabase;
  home: string;
  ownerTokenFile: string;
  /** Settings of the gateway. */
  settings: Readonly<Record<string, string>>;
  /** Starts the gateway, or another one beside it, in this process. */
  start(more?: Readonly<Record<string, string>>): Promise<RunningService>;
  registry: FakeListener;
  builder: FakeListener;
  deployer: FakeListener;
  fake(name: ServiceName): Promise<FakeService>;
  token(): string;
  close(): Promise<void>;
}

export async function makeStage(): Promise<Stage> {
  const home = mkdtempSync(path.join(tmpdir(), 'slipway-gateway-'));
  const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const [privateFile, publicFile] = ['key.pem', 'pub.pem'].map((name) => path.join(home, name)) as [string, string];
  writeFileSync(privateFile, privateKey);
  writeFileSync(publicFile, publicKey);
  const auth = await InternalAuth.create({ publicKeyFiles: publicFile });
  const [registry, builder, deployer] = await Promise.all([startListener(auth), startListener(auth), startListener(auth)]);

  const nats = await startNats({ permissions: natsPermissions() });
  const admin = await connect({ servers: nats.url, authenticator: nkeyAuthenticator(readFileSync(nats.adminCreds!)) });
  await setUpBus(admin);
  await admin.close();
  const database = await createDatabase('gateway');
  await runMigrations('gateway', schema, database.adminUrl);

  const settings = {
    SLIPWAY_HOME: home,
    SLIPWAY_NATS_URL: nats.url,
    SLIPWAY_NATS_CREDS: nats.creds('gateway'),
    SLIPWAY_DATABASE_URL: database.url,
    SLIPWAY_PUBLIC_URL: 'https://slipway.example/base/',
    SLIPWAY_ROUTER_URL: 'https://scoring.example',
    SLIPWAY_REGISTRY_URL: registry.url,
    SLIPWAY_BUILDER_URL: builder.url,
    SLIPWAY_DEPLOYER_URL: deployer.url,
    SLIPWAY_GATEWAY_PRIVATE_KEY_FILE: privateFile,
  };
  const running: RunningService[] = [];
  const fakes: FakeService[] = [];
  const ownerTokenFile = path.join(home, 'secrets', 'owner-token');
  return {
    nats,
    database,
    home,
    ownerTokenFile,
    registry,
    builder,
    deployer,
    settings,
    start: async (more = {}) => {
      const env = gatewayEnv.parse({ ...settings, ...more });
      const service = await startService(gateway(env), Log.create('gateway', process.env.TEST_LOG ?? 'silent'), (error) => {
        throw error;
      });
      running.push(service);
      return service;
    },
    fake: async (name) => {
      const fake = await FakeService.start(name, nats);
      fakes.push(fake);
      return fake;
    },
    token: () => readFileSync(ownerTokenFile, 'utf8').trim(),
    close: async () => {
      await Promise.all(running.map((service) => service.stop().catch(() => undefined)));
      await Promise.all(fakes.map((fake) => fake.stop().catch(() => undefined)));
      for (const { server } of [registry, builder, deployer]) {
        server.closeAllConnections();
        server.close();
      }
      await nats.close();
      await database.drop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export interface Reply {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** Asks as a client with the owner's token, unless `headers` say otherwise. */
export async function ask(
  base: string,
  token: string | undefined,
  method: string,
  target: string,
  options: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Reply> {
  const response = await fetch(base + target, {
    method,
    headers: {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(options.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body === undefined
      ? {}
      : {
          body:
            typeof options.body === 'string' || options.body instanceof Uint8Array ? options.body : JSON.stringify(options.body),
        }),
  });
  const text = await response.text();
  let body: unknown = {};
  try {
    body = text === '' ? {} : JSON.parse(text);
  } catch {
    body = { text };
  }
  return { status: response.status, headers: response.headers, body: body as Record<string, unknown> };
}

export async function eventually<T>(check: () => Promise<T>, withinMs = 20_000): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
