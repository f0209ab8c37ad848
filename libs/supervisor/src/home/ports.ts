import { SetupError } from '../errors.js';
import { chooseStablePort, portHolder, portIsFree } from '../processes/ports.js';
import { type Config, type PortName, portNames } from './config.js';

/** First choices of the two ports that users see. */
const firstChoice: Partial<Record<PortName, number>> = { gateway: 5080, router: 5081 };
const flags: Partial<Record<PortName, string>> = { gateway: '--port', router: '--router-port' };

/** Ports asked for by the user; they are kept from then on. */
export interface PortWishes {
  gateway?: number | undefined;
  router?: number | undefined;
}

export type Ports = Record<PortName, number>;

/**
 * The installation's ports: kept ones, wished ones, and new ones where there are none yet.
 * @param held ports that this installation's own running processes hold.
 * @throws SetupError `port_taken` naming who holds a port that users know.
 */
export async function settlePorts(config: Config, wishes: PortWishes, held: ReadonlySet<number>): Promise<Ports> {
  const ports: Partial<Ports> = { ...config.ports };
  if (wishes.gateway) ports.gateway = wishes.gateway;
  if (wishes.router) ports.router = wishes.router;
  const usable = async (port: number): Promise<boolean> => held.has(port) || (await portIsFree(port));
  for (const name of portNames) {
    const known = ports[name];
    if (known !== undefined && (await usable(known))) continue;
    const flag = flags[name];
    if (known !== undefined && flag) throw taken(name, known, flag);
    ports[name] = await choose(name, new Set(Object.values(ports)));
  }
  const distinct = new Set(Object.values(ports)).size === portNames.length;
  if (!distinct)
    throw new SetupError(
      'port_taken',
      `two parts would share port ${ports.gateway}; give --port and --router-port different ones`,
    );
  return ports as Ports;
}

async function choose(name: PortName, taken: ReadonlySet<number>): Promise<number> {
  const first = firstChoice[name];
  if (first === undefined) return chooseStablePort(taken);
  for (let port = first; port < first + 200; port += 1) if (!taken.has(port) && (await portIsFree(port))) return port;
  return chooseStablePort(taken);
}

function taken(name: PortName, port: number, flag: string): SetupError {
  const holder = portHolder(port);
  return new SetupError(
    'port_taken',
    `port ${port} of the ${name} is taken by ${holder?.description ?? 'another process'}; end that, or choose another port with \`slipway up ${flag} ${port + 10}\``,
  );
}
