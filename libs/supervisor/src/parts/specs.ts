import { existsSync, readFileSync, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { SupervisorEnv } from '../env.js';
import { SetupError } from '../errors.js';
import { readText } from '../files.js';
import type { Config } from '../home/config.js';
import type { Layout } from '../home/layout.js';
import type { Ports } from '../home/ports.js';
import { adminUser, secretsOf } from '../home/secrets.js';
import { natsAnswers } from '../nats/server.js';
import type { RunAs } from '../postgres/binaries.js';
import { administrator, databaseUrl, postgresAnswers, postgresProcess, type ServerSpec } from '../postgres/server.js';
import { answersReady } from '../processes/answers.js';
import { loopback } from '../processes/ports.js';
import { politely } from '../processes/stop.js';
import { projectRoot } from '../project.js';
import type { PartSpec } from './part.js';
import { partMark, partVariable } from './record.js';

/** Everything that the parts' settings are made from. */
export interface Installation {
  layout: Layout;
  config: Config;
  ports: Ports;
  env: SupervisorEnv;
  /** Folder of the compiled apps. */
  appsFolder: string;
  programs: { natsServer: string; uv: string };
  /** User that PostgreSQL runs as; undefined for an ordinary user's own. */
  postgresUser: RunAs | undefined;
  /** Settings of single apps beyond their own, for tests. */
  appSettings: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface App {
  name: 'registry' | 'builder' | 'deployer' | 'telemetry' | 'router' | 'gateway';
  /** Has a schema, a role and a sealing key. */
  stateful: boolean;
}

/** In the order of their start; those of one line don't wait for one another. */
export const appStages: readonly (readonly App[])[] = [
  [
    { name: 'registry', stateful: true },
    { name: 'builder', stateful: true },
    { name: 'deployer', stateful: true },
    { name: 'telemetry', stateful: true },
    { name: 'router', stateful: false },
  ],
  [{ name: 'gateway', stateful: true }],
];
export const apps: readonly App[] = appStages.flat();
export const statefulApps: readonly App[] = apps.filter((app) => app.stateful);

/** The database of an embedded installation; each app has a schema in it. */
export const databaseName = 'slipway';

const url = (port: number): string => `http://${loopback}:${port}`;
export const publicUrl = (installation: Installation): string => installation.env.publicUrl ?? url(installation.ports.gateway);
export const routerUrl = (installation: Installation): string => installation.env.routerUrl ?? url(installation.ports.router);
/** Where a part answers for its health. */
export const listenPort = ({ ports }: Pick<Installation, 'ports'>, name: App['name']): number =>
  ports[name === 'router' ? 'routerInternal' : name];
export const natsUrl = (installation: Installation): string => `nats://${loopback}:${installation.ports.nats}`;
export const natsServerName = (config: Config): string => `slipway-${config.installation}`;

const readSecret = (file: string): string => readFileSync(file, 'utf8').trim();
const logFile = (installation: Installation, name: string): string => path.join(installation.layout.logs, `${name}.log`);
const mark = (installation: Installation, name: string): Record<string, string> => ({
  [partVariable]: partMark(installation.config.installation, name),
});

export function adminUrl(installation: Installation, database: string): string {
  const password = readSecret(secretsOf(installation.layout).databasePassword(adminUser));
  return databaseUrl({ port: installation.ports.postgres, user: administrator, password, database });
}

export function postgresSpec(installation: Installation, server: Omit<ServerSpec, 'port' | 'logFile' | 'settings'>): PartSpec {
  const spec: ServerSpec = {
    ...server,
    port: installation.ports.postgres,
    logFile: logFile(installation, 'postgres'),
    settings: { max_connections: '160', shared_buffers: '64MB', max_wal_size: '512MB' },
  };
  const process = postgresProcess(spec);
  return {
    name: 'postgres',
    port: spec.port,
    process: { ...process, env: { ...process.env, ...mark(installation, 'postgres') } },
    version: '',
    ready: () => postgresAnswers(adminUrl(installation, 'postgres')),
    readyLimitMs: 120_000,
    // Fast: open transactions are rolled back; immediate: as after a crash.
    stop: [
      { signal: 'SIGINT', waitMs: 20_000 },
      { signal: 'SIGQUIT', waitMs: 5_000 },
      { signal: 'SIGKILL', waitMs: 5_000 },
    ],
    adoptable: true,
  };
}

export function natsSpec(installation: Installation): PartSpec {
  const { natsServer } = installation.programs;
  const { port, name } = { port: installation.ports.nats, name: natsServerName(installation.config) };
  return {
    name: 'nats',
    port,
    process: {
      file: natsServer,
      args: ['--config', installation.layout.natsConfigFile],
      env: mark(installation, 'nats'),
      logFile: logFile(installation, 'nats'),
    },
    version: `${port}`,
    ready: () => natsAnswers(port, name),
    readyLimitMs: 120_000,
    stop: politely(20_000),
    adoptable: true,
  };
}

/** @throws SetupError `not_built` */
export function appSpec(installation: Installation, app: App): PartSpec {
  const port = listenPort(installation, app.name);
  const main = path.join(installation.appsFolder, app.name, 'src', 'main.js');
  if (!existsSync(main)) throw new SetupError('not_built', `${main} is missing; run \`npm run build\` in ${projectRoot}`);
  return {
    name: app.name,
    port,
    process: {
      file: process.execPath,
      args: [main],
      cwd: installation.layout.home,
      env: { ...appEnvironment(installation, app), ...mark(installation, app.name) },
      logFile: logFile(installation, app.name),
    },
    version: buildId(installation),
    ready: () => answersReady(port),
    readyLimitMs: 120_000,
    stop: politely(25_000),
    // Predictions go on while everything else starts anew.
    adoptable: app.name === 'router',
  };
}

/** The settings that an app starts with; names as in the apps' `env.ts`. */
export function appEnvironment(installation: Installation, app: App): Record<string, string> {
  const { layout, ports, env, programs } = installation;
  const secrets = secretsOf(layout);
  return {
    ...env.inherited,
    SLIPWAY_HOME: layout.home,
    SLIPWAY_LISTEN: `${loopback}:${listenPort(installation, app.name)}`,
    ...(app.name === 'router' ? { SLIPWAY_ROUTER_LISTEN: `${loopback}:${ports.router}` } : {}),
    SLIPWAY_PUBLIC_URL: publicUrl(installation),
    SLIPWAY_ROUTER_URL: routerUrl(installation),
    SLIPWAY_REGISTRY_URL: url(ports.registry),
    SLIPWAY_BUILDER_URL: url(ports.builder),
    SLIPWAY_DEPLOYER_URL: url(ports.deployer),
    SLIPWAY_TELEMETRY_URL: url(ports.telemetry),
    SLIPWAY_NATS_URL: natsUrl(installation),
    SLIPWAY_NATS_CREDS: secrets.natsSeed(app.name),
    SLIPWAY_GATEWAY_PUBLIC_KEY_FILE: secrets.gatewayPublicKey,
    SLIPWAY_INTERNAL_SECRET_FILE: secrets.internalSecret(app.name),
    SLIPWAY_INTERNAL_SECRET_HASHES_FILE: secrets.internalHashes,
    SLIPWAY_UV: programs.uv,
    ...(app.stateful ? statefulSettings(installation, app) : {}),
    ...(app.name === 'gateway'
      ? { SLIPWAY_GATEWAY_PRIVATE_KEY_FILE: secrets.gatewayPrivateKey, SLIPWAY_OWNER_TOKEN_FILE: secrets.ownerToken }
      : {}),
    ...(app.name === 'builder' ? { SLIPWAY_SIGNING_KEY_FILE: secrets.builderPrivateKey } : {}),
    ...(app.name === 'deployer' ? { SLIPWAY_BUILDER_PUBLIC_KEY_FILE: secrets.builderPublicKey } : {}),
    ...installation.appSettings[app.name],
  };
}

function statefulSettings(installation: Installation, app: App): Record<string, string> {
  const secrets = secretsOf(installation.layout);
  const password = readSecret(secrets.databasePassword(app.name));
  return {
    SLIPWAY_DATABASE_URL: databaseUrl({ port: installation.ports.postgres, user: app.name, password, database: databaseName }),
    SLIPWAY_SEAL_KEY_FILE: secrets.sealKey(app.name),
  };
}

/** Changes with the compiled code. */
export function buildId(installation: Installation): string {
  const stamp = readText(path.join(installation.appsFolder, '..', '.sources.json'));
  const seen = stamp ?? apps.map((app) => mainTime(installation, app)).join(' ');
  return createHash('sha256').update(seen).digest('hex').slice(0, 16);
}

const mainTime = (installation: Installation, app: App): number =>
  statSync(path.join(installation.appsFolder, app.name, 'src', 'main.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
