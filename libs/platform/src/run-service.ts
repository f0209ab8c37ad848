import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import type { Server as HttpServer } from 'node:http';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { ServiceName } from '#slipway/contracts';
import { InternalAuth } from './auth/internal-auth.js';
import { CommandClient } from './bus/command.client.js';
import { CommandServer } from './bus/command.server.js';
import { connectBus } from './bus/connection.js';
import { DeadLetters } from './bus/dead-letters.js';
import { EventServer } from './bus/event.server.js';
import { logCommandsTo } from './bus/handles.decorator.js';
import { Outbox } from './bus/outbox.js';
import { OutboxRelay } from './bus/relay.js';
import { Database, type SchemaDefinition } from './db/database.js';
import type { ServiceEnv } from './env.js';
import { armFailpoints } from './failpoints.js';
import { HttpErrorFilter } from './http/error.filter.js';
import { Readiness } from './http/readiness.js';
import { Log, NestLog } from './log.js';
import { registerMetrics } from './metrics.js';
import { PlatformModule } from './platform.module.js';

/** After this time a stopping service ends whatever is left. */
const stopLimitMs = 20_000;
const commandJsonLimit = '300kb';

export interface ServiceDefinition {
  name: ServiceName;
  env: ServiceEnv;
  schema: SchemaDefinition;
  module: Type | DynamicModule;
  /** Routes of the listener need a gateway token or a service secret; default true. */
  guarded?: boolean;
  /** The listener speaks TLS with this certificate chain and key (PEM files). */
  tls?: { certFile: string; keyFile: string } | undefined;
  /** Bodies of paths with this prefix are left to their handlers as streams, whatever their content type. */
  streamedPaths?: string;
  /** Middleware that runs before the body is read, pages, limits. */
  configure?: (app: NestExpressApplication) => void | Promise<void>;
}

export interface RunningService {
  app: NestExpressApplication;
  url: string;
  log: Log;
  stop(): Promise<void>;
}

/**
 * Starts a service: database, bus, commands, events, outbox relay, listener; and stops it in order on SIGTERM:
 * not ready, no new commands and events, running ones finished, listener closed, relay, database.
 * Any failure of the start ends the process with status 1 and one line that says why.
 */
export async function runService(definition: ServiceDefinition): Promise<RunningService> {
  const log = Log.create(definition.name, definition.env.SLIPWAY_LOG_LEVEL);
  const fatal = (error: unknown): never => {
    log.for('start').error('the service cannot go on', {}, error);
    process.exit(1);
  };
  process.on('unhandledRejection', fatal);
  process.on('uncaughtException', fatal);
  try {
    const running = await startService(definition, log, fatal);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        setTimeout(() => process.exit(1), stopLimitMs).unref();
        void running.stop().then(() => process.exit(0), fatal);
      });
    }
    return running;
  } catch (error) {
    return fatal(error);
  }
}

/** The part of {@link runService} that a test can use: no signals, no exit. */
export async function startService(
  definition: ServiceDefinition,
  log: Log,
  onFatal: (error: unknown) => void,
): Promise<RunningService> {
  const { env, name } = definition;
  armFailpoints(env.SLIPWAY_FAILPOINTS);
  logCommandsTo(log);
  const database = Database.create(env.SLIPWAY_DATABASE_URL, definition.schema, log);
  await database.open({ schemaWaitMs: env.SLIPWAY_SCHEMA_WAIT_SECONDS * 1_000 });
  const bus = connectBus({ url: env.SLIPWAY_NATS_URL, credsFile: env.SLIPWAY_NATS_CREDS, service: name }, log);
  const auth = await InternalAuth.create({
    publicKeyFiles: env.SLIPWAY_GATEWAY_PUBLIC_KEY_FILE,
    secretHashesFile: env.SLIPWAY_INTERNAL_SECRET_HASHES_FILE,
  });
  const readiness = new Readiness();
  const deadLetters = new DeadLetters(database, log);
  const events = new EventServer(name, bus, database, deadLetters, log);
  const commandServer = new CommandServer(name, bus, log, onFatal);
  const relay = new OutboxRelay(database, env.SLIPWAY_DATABASE_URL, bus, log);
  const platform = PlatformModule.of(
    {
      log,
      database,
      bus,
      outbox: new Outbox(name),
      commands: new CommandClient(name, bus),
      events,
      deadLetters,
      readiness,
      auth,
    },
    { guarded: definition.guarded ?? true },
  );
  watchDependencies(readiness, database, bus);
  readiness.add('commands', () => (commandServer.serving ? undefined : 'not subscribed yet'));
  registerMetrics(database, readiness);

  const app = await NestFactory.create<NestExpressApplication>(rootModule(platform, definition.module), {
    logger: new NestLog(log),
    bodyParser: false,
    abortOnError: false,
    ...(definition.tls
      ? { httpsOptions: { cert: readFileSync(definition.tls.certFile), key: readFileSync(definition.tls.keyFile) } }
      : {}),
  });
  app.useGlobalFilters(new HttpErrorFilter(log.for('http')));
  app.disable('x-powered-by');
  const server = app.getHttpServer() as HttpServer;
  Object.assign(server, { headersTimeout: 10_000, keepAliveTimeout: 65_000, requestTimeout: 0 });
  await definition.configure?.(app);
  const { streamedPaths } = definition;
  app.useBodyParser('json', {
    limit: commandJsonLimit,
    type: (request) =>
      /^application\/json *(;|$)/i.test(request.headers['content-type'] ?? '') &&
      !(streamedPaths && request.url?.startsWith(streamedPaths)),
  });
  app.connectMicroservice({ strategy: commandServer }, { inheritAppConfig: false });
  app.connectMicroservice({ strategy: events }, { inheritAppConfig: false });
  await app.startAllMicroservices();
  relay.start();
  await app.listen(env.SLIPWAY_LISTEN.port, env.SLIPWAY_LISTEN.host);
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  log.for('start').info('the service is listening', { host: env.SLIPWAY_LISTEN.host, port: Number(new URL(url).port) });

  const parts = { app, server, readiness, relay, bus, database, commandServer, events };
  let stopped: Promise<void> | undefined;
  return { app, url, log, stop: () => (stopped ??= stopService(parts)) };
}

function rootModule(platform: DynamicModule, own: Type | DynamicModule): Type {
  @Module({ imports: [platform, own] })
  class RootModule {}
  return RootModule;
}

function watchDependencies(readiness: Readiness, database: Database, bus: ReturnType<typeof connectBus>): void {
  let connected = false;
  let why = 'not connected yet';
  void bus.then(async (connection) => {
    connected = true;
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') connected = false;
      if (status.type === 'reconnect') connected = true;
      if (status.type === 'disconnect') why = 'disconnected';
    }
  });
  readiness.add('bus', () => (connected ? undefined : why));
  readiness.add('database', async () => {
    await database.ping();
    return undefined;
  });
}

interface Stoppable {
  app: NestExpressApplication;
  server: HttpServer;
  readiness: Readiness;
  relay: OutboxRelay;
  bus: ReturnType<typeof connectBus>;
  database: Database;
  commandServer: CommandServer;
  events: EventServer;
}

async function stopService(parts: Stoppable): Promise<void> {
  parts.readiness.drain();
  await Promise.all([parts.commandServer.close(), parts.events.close()]);
  parts.server.closeIdleConnections();
  const streams = setTimeout(() => parts.server.closeAllConnections(), 3_000);
  await parts.app.close();
  clearTimeout(streams);
  await parts.relay.stop();
  await Promise.race([
    parts.bus.then((connection) => connection.close()),
    new Promise((resolve) => setTimeout(resolve, 1_000).unref()),
  ]);
  await parts.database.close();
}
