import { readFileSync } from 'node:fs';
import { type Authenticator, connect, credsAuthenticator, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import type { Log } from '../log.js';

export interface BusSettings {
  url: string;
  /** File with an nkey seed or a `.creds` file; absent only on a server without users. */
  credsFile?: string | undefined;
  /** The user's name on the bus, also the tail of its inbox prefix. */
  service: string;
}

/** Oldest nats-server that has what the consumers use. */
const oldestServer = [2, 11] as const;

export const inboxPrefix = (service: string): string => `_INBOX_${service}`;

/** Connects to NATS and goes on trying for ever: the bus may come later than the service, or go away. */
export async function connectBus(settings: BusSettings, log: Log, part = 'main'): Promise<NatsConnection> {
  const connection = await connect({
    servers: settings.url,
    name: `slipway-${settings.service}-${part}`,
    inboxPrefix: inboxPrefix(settings.service),
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    pingInterval: 10_000,
    maxPingOut: 2,
    timeout: 5_000,
    ...(settings.credsFile ? { authenticator: authenticator(settings.credsFile) } : {}),
  });
  requireVersion(connection);
  void watch(connection, log.for('bus'));
  return connection;
}

function authenticator(file: string): Authenticator {
  const text = readFileSync(file);
  return text.includes('BEGIN NATS USER JWT')
    ? credsAuthenticator(text)
    : nkeyAuthenticator(Buffer.from(text.toString('utf8').trim()));
}

function requireVersion(connection: NatsConnection): void {
  const version = connection.info?.version ?? '0.0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < oldestServer[0] || (major === oldestServer[0] && minor < oldestServer[1])) {
    throw new Error(`nats-server is ${version}; Slipway needs ${oldestServer.join('.')} or newer`);
  }
}

async function watch(connection: NatsConnection, log: Log): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') log.warn('the bus is gone; reconnecting');
    else if (status.type === 'reconnect') log.info('the bus is back');
    else if (status.type === 'error') log.error('the bus refused an operation', {}, status.error);
  }
}
