import { homedir } from 'node:os';
import path from 'node:path';

/** What the supervisor takes from its environment; nothing else here reads it. */
export interface SupervisorEnv {
  /** Folder of the installation. */
  home: string;
  /** Addresses under which users reach the gateway and the router, when they are not the loopback ones. */
  publicUrl: string | undefined;
  routerUrl: string | undefined;
  /** An administrator's database elsewhere, for `admin migrate` and `admin secrets` only. */
  adminDatabaseUrl: string | undefined;
  /** With it: the bus elsewhere with its administrator's credentials, and the file with each role's password. */
  elsewhere: { natsUrl: string | undefined; natsCredsFile: string | undefined; rolePasswordsFile: string | undefined };
  /** Settings that every app gets: the user's own ones of Slipway, and how the network and packages are reached. */
  inherited: Readonly<Record<string, string>>;
  /** For looking up programs. */
  raw: NodeJS.ProcessEnv;
}

const inheritedNames = new Set(
  'PATH HOME USER LOGNAME LANG LC_ALL TZ TMPDIR HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy NODE_EXTRA_CA_CERTS REQUESTS_CA_BUNDLE CURL_CA_BUNDLE NETRC'.split(
    ' ',
  ),
);
const inheritedPrefixes = ['SLIPWAY_', 'UV_', 'PIP_', 'SSL_CERT_', 'XDG_', 'AWS_', 'AZURE_'];
/** The CLI's own, the administrator's and this supervisor's: no app needs them. */
const keptBack = new Set([
  'SLIPWAY_URL',
  'SLIPWAY_TOKEN',
  'SLIPWAY_ACCOUNT',
  'SLIPWAY_ADMIN_DATABASE_URL',
  'SLIPWAY_ROLE_PASSWORDS_FILE',
  'SLIPWAY_NATS_SERVER',
]);

const isInherited = (name: string): boolean =>
  !keptBack.has(name) && (inheritedNames.has(name) || inheritedPrefixes.some((prefix) => name.startsWith(prefix)));

export function readSupervisorEnv(source: NodeJS.ProcessEnv = process.env): SupervisorEnv {
  const inherited = Object.entries(source).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && isInherited(entry[0]),
  );
  return {
    home: path.resolve(source['SLIPWAY_HOME'] || defaultHome()),
    publicUrl: source['SLIPWAY_PUBLIC_URL'] || undefined,
    routerUrl: source['SLIPWAY_ROUTER_URL'] || undefined,
    adminDatabaseUrl: source['SLIPWAY_ADMIN_DATABASE_URL'] || undefined,
    elsewhere: {
      natsUrl: source['SLIPWAY_NATS_URL'] || undefined,
      natsCredsFile: source['SLIPWAY_NATS_CREDS'] || undefined,
      rolePasswordsFile: source['SLIPWAY_ROLE_PASSWORDS_FILE'] || undefined,
    },
    inherited: Object.fromEntries(inherited),
    raw: source,
  };
}

const defaultHome = (): string => (process.getuid?.() === 0 ? '/var/lib/slipway' : path.join(homedir(), '.slipway'));
