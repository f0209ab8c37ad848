import { readFileSync } from 'node:fs';
import { SetupError } from '../errors.js';
import { readText, writeAtomically } from '../files.js';
import { adminUser, secretsOf } from '../home/secrets.js';
import { buildNatsConfig, type BusUser } from '../nats/config.js';
import { publicKeyOf } from '../nats/keys.js';
import { type Installation, natsServerName, natsUrl } from '../parts/specs.js';
import { sleep } from '../wait.js';

/**
 * Writes `nats.conf` with a user for each service, its rights taken from the contracts.
 * @returns whether the text changed.
 */
export async function writeNatsConfig(installation: Installation): Promise<boolean> {
  const { natsPermissions } = await import('#slipway/platform');
  const { layout, ports } = installation;
  const keyOf = (user: string): string => publicKeyOf(readFileSync(secretsOf(layout).natsSeed(user), 'utf8'));
  const users = new Map<string, BusUser | 'all'>([[keyOf(adminUser), 'all']]);
  for (const user of natsPermissions()) users.set(keyOf(user.service), user);
  const text = buildNatsConfig({
    serverName: natsServerName(installation.config),
    port: ports.nats,
    storeDir: layout.nats,
    durable: true,
    users,
  });
  if (readText(layout.natsConfigFile) === text) return false;
  writeAtomically(layout.natsConfigFile, text);
  return true;
}

export interface BusAdministrator {
  url: string;
  credsFile: string | undefined;
}

export const embeddedBus = (installation: Installation): BusAdministrator => ({
  url: natsUrl(installation),
  credsFile: secretsOf(installation.layout).natsSeed(adminUser),
});

const attempts = 10;

/** Makes streams, buckets and durables; the server may still be reading its store. */
export async function prepareBus(administrator: BusAdministrator): Promise<void> {
  const { connectBus, Log, setUpBus } = await import('#slipway/platform');
  const connection = await connectBus({ ...administrator, service: adminUser }, Log.silent(), 'setup');
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await setUpBus(connection);
      } catch (cause) {
        if (attempt === attempts) throw busFailed(cause);
        await sleep(300);
      }
    }
  } finally {
    await connection.close();
  }
}

function busFailed(cause: unknown): SetupError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SetupError('nats_unusable', `the streams of the bus could not be made: ${reason}`, { cause });
}
