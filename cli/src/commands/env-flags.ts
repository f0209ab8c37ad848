import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { EnvironmentCreation, EnvironmentUpdate } from '../core/environments-api.js';
import { CliError } from '../core/errors.js';
import type { Shell } from '../core/shell.js';
import { integer, repeat } from './common.js';

type Kubernetes = NonNullable<EnvironmentCreation['kubernetes']>;
type Toleration = NonNullable<Kubernetes['tolerations']>[number];

/** How an environment is made; the same on `env setup` and `env update`. */
export interface SetupFlags {
  cluster?: boolean;
  target?: EnvironmentCreation['target'];
  kubeconfig?: string;
  context?: string;
  namespace?: string;
  nodeSelector?: Record<string, string>;
  toleration?: Toleration[];
  resource?: Record<string, string>;
  routerCidr?: string[];
  hostNetworkPort?: number;
  dockerHost?: string;
  dockerTls?: string;
  registryAddress?: string;
  registryUser?: string;
  registryPasswordFile?: string;
  storage?: string;
  logSink?: string;
  maxReplicas?: number;
  maxCpu?: string;
  maxMemory?: string;
  location?: string;
  resourceGroup?: string;
  acr?: string;
  agentCount?: string;
  masterCount?: string;
  servicePrincipalAppId?: string;
  servicePrincipalPassword?: string;
  certCname?: string;
  certPem?: string;
  keyPem?: string;
}

export function addSetupFlags(command: Command): Command {
  return command
    .option('-c, --cluster', 'a Kubernetes cluster; needs --kubeconfig')
    .option('--kubeconfig <file>', 'how to reach the cluster, with a user that may work in the namespace')
    .option('--context <name>', 'context of the kubeconfig (default: its current one)')
    .option('--namespace <name>', 'namespace of the services (default slipway)')
    .option('--node-selector <key=value>', 'only nodes with this label; may be repeated', pair)
    .option('--toleration <key[=value][:effect]>', 'taint that replicas bear; may be repeated', toleration)
    .option('--resource <name=count>', 'extra resource of each replica, such as nvidia.com/gpu=1; may be repeated', pair)
    .option('--router-cidr <cidr>', 'addresses of routers outside the cluster; may be repeated', repeat)
    .option('--host-network-port <port>', 'replicas use the network of their node, from this port on', integer(1024, 60_000))
    .option('--docker-host <url>', 'unix:///path or tcp://host:port (default unix:///var/run/docker.sock)')
    .option('--docker-tls <folder>', 'folder with ca.pem, cert.pem and key.pem for tcp://')
    .option('--registry-address <host:port>', "Slipway's registry as the engine or the nodes reach it")
    .option('--registry-user <name>', 'user for that registry')
    .option('--registry-password-file <file>', 'file with the password for it')
    .option('-s, --storage <url>', 'where captures go: file:///folder, s3://bucket/prefix, azblob://container/prefix')
    .option('--log-sink <url>', 'OTLP/HTTP collector for logs of replicas')
    .option('--max-replicas <n>', 'quota: replicas of all services together', integer(1, 10_000))
    .option('--max-cpu <cores>', 'quota: cores of all services together, such as 8 or 7500m')
    .option('--max-memory <size>', 'quota: memory of all services together, such as 16G')
    .option('-l, --location <region>', 'accepted for compatibility; means nothing here')
    .option('-g, --resource-group <name>', 'accepted for compatibility; means nothing here')
    .option('-r, --acr <registry>', 'accepted for compatibility: Slipway has a registry of its own')
    .option('-z, --agent-count <n>', 'accepted for compatibility; clusters are not created')
    .option('-m, --master-count <n>', 'accepted for compatibility; clusters are not created')
    .option('-a, --service-principal-app-id <id>', 'accepted for compatibility; means nothing here')
    .option('-p, --service-principal-password <password>', 'accepted for compatibility; means nothing here')
    .option('--cert-cname <name>', 'accepted for compatibility: the router is given its certificate by files')
    .option('--cert-pem <file>', 'accepted for compatibility: the router is given its certificate by files')
    .option('--key-pem <file>', 'accepted for compatibility: the router is given its certificate by files');
}

const ignored: readonly (readonly [keyof SetupFlags, string])[] = [
  ['location', '-l'],
  ['resourceGroup', '-g'],
  ['acr', '-r'],
  ['agentCount', '-z'],
  ['masterCount', '-m'],
  ['servicePrincipalAppId', '-a'],
  ['servicePrincipalPassword', '-p'],
  ['certCname', '--cert-cname'],
  ['certPem', '--cert-pem'],
  ['keyPem', '--key-pem'],
];

/** Flags of the original that mean nothing here are taken, and said to be. */
export function noteIgnored(shell: Shell, flags: SetupFlags): void {
  for (const [name, flag] of ignored)
    if (flags[name] !== undefined) shell.stderr.write(`note: ${flag} is accepted for compatibility and means nothing here\n`);
}

/** @throws CliError for a cluster that nobody says how to reach. */
export function targetOf(flags: SetupFlags): EnvironmentCreation['target'] {
  if (flags.target !== undefined && flags.cluster && flags.target !== 'kubernetes')
    throw new CliError(`-c and --target ${flags.target} exclude each other`, 1, [], 'leave one of the two out');
  const target =
    flags.target ??
    (flags.cluster || flags.kubeconfig !== undefined ? 'kubernetes' : flags.dockerHost === undefined ? 'process' : 'docker');
  if (target === 'kubernetes' && flags.kubeconfig === undefined)
    throw new CliError(
      'env setup -c attaches a cluster that is there; creating clusters is out of scope',
      1,
      [],
      'say how to reach it: --kubeconfig FILE [--context NAME] [--namespace NAME]',
    );
  return target;
}

/** What the flags say, beside name and target. */
export function settingsOf(shell: Shell, flags: SetupFlags, target: EnvironmentCreation['target']): EnvironmentUpdate {
  const kubernetes = defined<Kubernetes>({
    namespace: flags.namespace,
    context: flags.context,
    registry: flags.registryAddress,
    nodeSelector: flags.nodeSelector,
    tolerations: flags.toleration,
    resources: flags.resource,
    routerCidrs: flags.routerCidr,
    hostNetworkPort: flags.hostNetworkPort,
  });
  const docker = defined<NonNullable<EnvironmentCreation['docker']>>({
    host: flags.dockerHost,
    registry: flags.registryAddress,
  });
  return defined<EnvironmentUpdate>({
    kubernetes: target === 'kubernetes' ? kubernetes : undefined,
    docker: target === 'docker' ? docker : undefined,
    storage: flags.storage,
    logSink: flags.logSink,
    quotas: nothingIfEmpty(defined({ replicas: flags.maxReplicas, cpu: flags.maxCpu, memory: flags.maxMemory })),
    credentials: credentialsOf(shell, flags),
  });
}

function credentialsOf(shell: Shell, flags: SetupFlags): EnvironmentCreation['credentials'] {
  const read = (file: string, flag: string): string => readText(resolve(shell.cwd, file), flag, file);
  const { dockerTls, registryUser, registryPasswordFile } = flags;
  if ((registryUser === undefined) !== (registryPasswordFile === undefined))
    throw new CliError('--registry-user and --registry-password-file belong together', 1, [], 'give both or none');
  return nothingIfEmpty(
    defined<NonNullable<EnvironmentCreation['credentials']>>({
      kubeconfig: flags.kubeconfig === undefined ? undefined : read(flags.kubeconfig, '--kubeconfig'),
      dockerTls:
        dockerTls === undefined
          ? undefined
          : {
              ca: read(`${dockerTls}/ca.pem`, '--docker-tls'),
              cert: read(`${dockerTls}/cert.pem`, '--docker-tls'),
              key: read(`${dockerTls}/key.pem`, '--docker-tls'),
            },
      registry:
        registryUser === undefined
          ? undefined
          : { username: registryUser, password: read(registryPasswordFile!, '--registry-password-file').trim() },
    }),
  );
}

function readText(path: string, flag: string, typed: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new CliError(`${flag} ${typed} cannot be read`, 1, [], 'check the path and its rights');
  }
}

function pair(value: string, previous: Record<string, string> | undefined): Record<string, string> {
  const match = /^([^=]+)=(.*)$/.exec(value);
  if (!match) throw new InvalidArgumentError('give NAME=VALUE');
  return { ...previous, [match[1]!]: match[2]! };
}

function toleration(value: string, previous: Toleration[] | undefined): Toleration[] {
  const match = /^([^=:]+)(?:=([^:]*))?(?::(NoSchedule|PreferNoSchedule|NoExecute))?$/.exec(value);
  if (!match) throw new InvalidArgumentError('give key, key=value or key=value:NoSchedule');
  const [, key, given, effect] = match;
  const one = defined<Toleration>({
    key,
    operator: given === undefined ? 'Exists' : 'Equal',
    value: given,
    effect: effect as Toleration['effect'],
  });
  return [...(previous ?? []), one];
}

function defined<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}

const nothingIfEmpty = <T extends object>(value: T): T | undefined => (Object.keys(value).length > 0 ? value : undefined);
