import { existsSync } from 'node:fs';
import type { SupervisorEnv } from '../env.js';
import { choosePostgresUid, type Config, readConfig, writeConfig } from '../home/config.js';
import type { Layout } from '../home/layout.js';
import { type PortWishes, settlePorts } from '../home/ports.js';
import { ensureSecrets } from '../home/secrets.js';
import { appSpec, apps, type Installation, statefulApps } from '../parts/specs.js';
import { findProgram, natsServerProgram, uvProgram } from '../programs.js';
import { compiled } from '../project.js';
import { readRecord } from '../parts/record.js';

export interface InstallationOptions {
  env: SupervisorEnv;
  ports?: PortWishes | undefined;
  appsFolder?: string | undefined;
  appSettings?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
}

/**
 * Brings the home to where its parts can start: folders, ports, secrets, programs. The caller holds the home's lock.
 * @throws SetupError for a home, a port or a program that cannot be used
 */
export async function openInstallation(layout: Layout, options: InstallationOptions): Promise<Installation> {
  const config = readConfig(layout);
  const programs = { natsServer: findProgram(natsServerProgram, options.env.raw), uv: findProgram(uvProgram, options.env.raw) };
  const ports = await settlePorts(config, options.ports ?? {}, heldPorts(layout, config));
  const root = process.getuid?.() === 0;
  if (root) config.postgresUid ??= choosePostgresUid();
  const owners = { stateful: statefulApps.map((app) => app.name), all: apps.map((app) => app.name) };
  const { makeSecret } = await import('#slipway/platform');
  config.sealed = ensureSecrets(layout, config, owners, existsSync(layout.pg), () => makeSecret('slp').text);
  const settled: Config = { ...config, ports };
  writeConfig(layout, settled);
  const installation: Installation = {
    layout,
    config: settled,
    ports,
    env: options.env,
    appsFolder: options.appsFolder ?? compiled('apps'),
    programs,
    postgresUser: root && config.postgresUid !== undefined ? { uid: config.postgresUid, gid: config.postgresUid } : undefined,
    appSettings: options.appSettings ?? {},
  };
  for (const app of apps) appSpec(installation, app);
  return installation;
}

/** Ports that our own processes of an earlier start still hold. */
function heldPorts(layout: Layout, config: Config): ReadonlySet<number> {
  const records = ['postgres', 'nats', ...apps.map((app) => app.name)].map((name) => readRecord(layout, name));
  const held = new Set(records.flatMap((record) => (record ? [record.port] : [])));
  // A router has two listeners; its record names the one for health.
  if (config.ports.router !== undefined && readRecord(layout, 'router')) held.add(config.ports.router);
  return held;
}
