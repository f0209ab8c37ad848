import { adminUser } from '../home/secrets.js';
import { authorizationBlock, type BusUser } from '../nats/config.js';

/** Environment variable of nats-server that holds the public nkey of a user. */
export const nkeyVariable = (user: string): string => `NKEY_${user.toUpperCase()}`;

/**
 * Who may do what on a bus elsewhere, as nats-server's configuration has it. The keys come from its environment
 * ({@link nkeyVariable}), so that rights change with the version of Slipway and keys stay.
 */
export async function busUsers(): Promise<string> {
  const { natsPermissions } = await import('#slipway/platform');
  const users = new Map<string, BusUser | 'all'>([[`$${nkeyVariable(adminUser)}`, 'all']]);
  for (const user of natsPermissions()) users.set(`$${nkeyVariable(user.service)}`, user);
  return `${authorizationBlock(users)}\n`;
}
