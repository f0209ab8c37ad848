import { loopback } from '../processes/ports.js';

/** What one user of the bus may do; the shape of the platform's permission table. */
export interface BusUser {
  publish: readonly string[];
  subscribe: readonly string[];
  allowResponses: boolean;
}

export interface NatsConfigSpec {
  serverName: string;
  port: number;
  storeDir: string;
  /** Flush each message before its acknowledgement; off only for tests. */
  durable: boolean;
  /** Public nkey (or `$NAME` of a variable that holds it) to rights, `'all'` for the administrator; empty lets everybody in. */
  users: ReadonlyMap<string, BusUser | 'all'>;
}

const list = (subjects: readonly string[]): string => (subjects.length === 0 ? '{ deny: ">" }' : JSON.stringify(subjects));

function userBlock(nkey: string, rights: BusUser | 'all'): string {
  if (rights === 'all') return `    { nkey: ${nkey} }`;
  const responses = rights.allowResponses ? ', allow_responses: true' : '';
  return `    { nkey: ${nkey}, permissions: { publish: ${list(rights.publish)}, subscribe: ${list(rights.subscribe)}${responses} } }`;
}

/** The part of `nats.conf` that says who may come and what each may do. */
export function authorizationBlock(users: ReadonlyMap<string, BusUser | 'all'>): string {
  const blocks = [...users].map(([nkey, rights]) => userBlock(nkey, rights));
  return ['authorization {', '  users: [', blocks.join(',\n'), '  ]', '}'].join('\n');
}

/** The text of `nats.conf`. */
export function buildNatsConfig(spec: NatsConfigSpec): string {
  return [
    `server_name: ${JSON.stringify(spec.serverName)}`,
    `listen: "${loopback}:${spec.port}"`,
    'max_payload: 1MB',
    'jetstream {',
    `  store_dir: ${JSON.stringify(spec.storeDir)}`,
    // Without a figure the server takes three quarters of the disk that is free now and then refuses the streams' limits.
    '  max_file_store: 1TB',
    '  max_memory_store: 64MB',
    ...(spec.durable ? ['  sync_interval: always'] : []),
    '}',
    ...(spec.users.size === 0 ? [] : [authorizationBlock(spec.users)]),
    '',
  ].join('\n');
}
