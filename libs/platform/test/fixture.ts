import { Controller, Module } from '@nestjs/common';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import {
  type CommandContext,
  CreateManifest,
  type EventEnvelope,
  GetManifest,
  GetModel,
  ListManifests,
  ListModels,
  type Manifest,
  type Model,
  ModelRegistered,
  type Page,
  RegisterModel,
  type RequestOf,
  type ServiceName,
} from '#slipway/contracts';
import {
  CommandClient,
  CommandLog,
  ConsumesAll,
  DomainError,
  Handles,
  Log,
  natsPermissions,
  Outbox,
  PlatformTables1764000000000,
  runMigrations,
  type RunningService,
  type SchemaDefinition,
  serviceEnv,
  setUpBus,
  startService,
  type Transaction,
  uuidv7,
} from '../src/index.js';
import { createDatabase, startNats, type TestDatabase, type TestNats } from '#slipway/testing';

export const schema: SchemaDefinition = { entities: [], migrations: [PlatformTables1764000000000] };
export const digest = `sha256:${'a'.repeat(64)}`;

export function modelOf(name: string, version: number, id: string = uuidv7()): Model {
  const now = '2026-01-01T00:00:00.000Z';
  return {
    id,
    name,
    version,
    url: `blob:${digest}`,
    mimeType: 'application/octet-stream',
    unpack: true,
    tags: [],
    description: null,
    digest,
    contentDigest: null,
    size: 1,
    path: 'model.pkl',
    createdAt: now,
    createdBy: 'test',
  };
}

/** A registry that only counts: one row less than a real one, but the same platform. */
@Controller()
export class RegistryHandler {
  registered = 0;
  behaviour: (input: RequestOf<typeof RegisterModel>) => Promise<void> = () => Promise.resolve();

  constructor(
    private readonly once: CommandLog,
    private readonly outbox: Outbox,
  ) {}

  @Handles(RegisterModel)
  register(input: RequestOf<typeof RegisterModel>, ctx: CommandContext): Promise<Model> {
    return this.once.once(RegisterModel, input, ctx, async (tx) => {
      await this.behaviour(input);
      this.registered += 1;
      const model = modelOf(input.name, this.registered);
      await this.outbox.append(tx, ModelRegistered, { id: model.id, version: 1 }, { ...model, contentDigest: null }, ctx);
      return model;
    });
  }

  @Handles(GetModel)
  getModel(input: RequestOf<typeof GetModel>, _ctx: CommandContext): Promise<Model> {
    if (input.ref === 'slow') return new Promise(() => undefined);
    return Promise.reject(new DomainError('not_found', `there is no model '${input.ref}'`));
  }

  @Handles(ListModels)
  listModels(_input: RequestOf<typeof ListModels>, _ctx: CommandContext): Promise<Page<Model>> {
    return Promise.reject(new Error('a secret cause'));
  }

  @Handles(CreateManifest)
  createManifest(_input: RequestOf<typeof CreateManifest>, _ctx: CommandContext): Promise<Manifest> {
    return Promise.reject(new DomainError('not_supported', 'no'));
  }
  @Handles(GetManifest)
  getManifest(_input: RequestOf<typeof GetManifest>, _ctx: CommandContext): Promise<Manifest> {
    return Promise.reject(new DomainError('not_found', 'no'));
  }
  @Handles(ListManifests)
  listManifests(_input: RequestOf<typeof ListManifests>, _ctx: CommandContext): Promise<Page<Manifest>> {
    return Promise.resolve({ value: [] });
  }
}

@Module({ controllers: [RegistryHandler] })
export class RegistryModule {}

/** A gateway that keeps each event as a row of its own: an effect that can be counted. */
@Controller()
export class FeedConsumer {
  fail: (event: EventEnvelope) => boolean = () => false;

  @ConsumesAll()
  async take(tx: Transaction, event: EventEnvelope): Promise<void> {
    await tx.query('INSERT INTO history (kind, id, version, doc) VALUES ($1, $2, $3, $4)', [
      'effect',
      event.subject,
      event.sequence,
      JSON.stringify(event),
    ]);
    if (this.fail(event)) throw new Error('the consumer failed');
  }
}

@Module({ controllers: [FeedConsumer] })
export class GatewayModule {}

export interface Stage {
  nats: TestNats;
  registryDatabase: TestDatabase;
  gatewayDatabase: TestDatabase;
  startRegistry(failpoints?: string): Promise<RunningService>;
  startGateway(): Promise<RunningService>;
  context(more?: Partial<CommandContext>): CommandContext;
  register(gateway: RunningService, name: string, ctx?: CommandContext): Promise<Model>;
  effects(): Promise<string[]>;
  asAdmin: typeof asAdmin;
  close(): Promise<void>;
}

async function asAdmin(nats: TestNats) {
  return connect({
    servers: nats.url,
    authenticator: nkeyAuthenticator(Buffer.from(readFileSync(nats.adminCreds!, 'utf8').trim())),
  });
}

export async function makeStage(): Promise<Stage> {
  const nats = await startNats({ permissions: natsPermissions() });
  const admin = await asAdmin(nats);
  await setUpBus(admin);
  await admin.close();
  const [registryDatabase, gatewayDatabase] = await Promise.all([createDatabase('registry'), createDatabase('gateway')]);
  await runMigrations('registry', schema, registryDatabase.adminUrl);
  await runMigrations('gateway', schema, gatewayDatabase.adminUrl);
  const running: RunningService[] = [];
  const start = async (
    name: ServiceName,
    database: TestDatabase,
    module: typeof RegistryModule,
    failpoints = '',
  ): Promise<RunningService> => {
    const env = serviceEnv.parse({
      SLIPWAY_HOME: '/nonexistent',
      SLIPWAY_NATS_URL: nats.url,
      SLIPWAY_NATS_CREDS: nats.creds(name),
      SLIPWAY_DATABASE_URL: database.url,
      SLIPWAY_FAILPOINTS: failpoints,
    });
    const service = await startService(
      { name, env, schema, module },
      Log.create(name, process.env.TEST_LOG ?? 'silent'),
      (error) => {
        throw error;
      },
    );
    running.push(service);
    return service;
  };
  const context = (more: Partial<CommandContext> = {}): CommandContext => ({
    account: 'default',
    actor: 'token:test',
    roles: ['owner'],
    correlationId: uuidv7(),
    deadline: Date.now() + 10_000,
    idempotencyKey: uuidv7(),
    ...more,
  });
  return {
    nats,
    registryDatabase,
    gatewayDatabase,
    context,
    asAdmin,
    startRegistry: (failpoints) => start('registry', registryDatabase, RegistryModule, failpoints),
    startGateway: () => start('gateway', gatewayDatabase, GatewayModule),
    register: (gateway, name, ctx = context()) =>
      gateway.app.get(CommandClient).send(RegisterModel, { name, url: `blob:${digest}` }, ctx),
    effects: () => effectsIn(gatewayDatabase),
    close: async () => {
      await Promise.all(running.map((service) => service.stop().catch(() => undefined)));
      await nats.close();
      await Promise.all([registryDatabase.drop(), gatewayDatabase.drop()]);
    },
  };
}

async function effectsIn(database: TestDatabase): Promise<string[]> {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT doc->'data'->>'name' AS name FROM gateway.history WHERE kind = 'effect' ORDER BY valid_from`,
    );
    return rows.map((row) => row.name);
  } finally {
    await client.end();
  }
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
