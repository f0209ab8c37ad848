import type { EnvironmentCreation, EnvironmentCredentials, EnvironmentUpdate } from '#slipway/contracts';
import { DomainError, type SealBox } from '#slipway/platform';
import type { EnvironmentEntity } from './environment.entity.js';

type Target = EnvironmentEntity['target'];

/** What an environment keeps of a request: its target's fields and the common ones, without anything secret. */
export function configOf(
  target: Target,
  request: EnvironmentCreation | EnvironmentUpdate,
  before: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const { docker, kubernetes, storage, logSink, autoScaler, quotas } = request;
  for (const [kind, given] of [
    ['docker', docker],
    ['kubernetes', kubernetes],
  ] as const)
    if (given && kind !== target)
      throw new DomainError('unprocessable', `settings of ${kind} were given for target ${target}; leave them out`);
  const common = Object.entries({ storage, logSink, autoScaler, quotas }).filter(([, value]) => value !== undefined);
  const config = { ...defaults[target], ...before, ...docker, ...kubernetes, ...Object.fromEntries(common) };
  if (target === 'kubernetes' && config.registry === undefined)
    throw new DomainError(
      'unprocessable',
      "kubernetes.registry is missing: give host:port of Slipway's registry as the nodes reach it (--registry-address)",
    );
  return config;
}

const defaults: Readonly<Record<Target, Readonly<Record<string, unknown>>>> = {
  process: {},
  docker: { host: 'unix:///var/run/docker.sock' },
  kubernetes: { namespace: 'slipway' },
};

/** @throws DomainError `unprocessable` when what the target cannot be reached without is missing. */
export function checkCredentials(target: Target, credentials: EnvironmentCredentials): void {
  if (target === 'kubernetes' && credentials.kubeconfig === undefined)
    throw new DomainError('unprocessable', 'a Kubernetes environment needs credentials.kubeconfig: give --kubeconfig FILE');
  for (const [key, kind] of [
    ['kubeconfig', 'kubernetes'],
    ['dockerTls', 'docker'],
  ] as const)
    if (credentials[key] !== undefined && kind !== target)
      throw new DomainError('unprocessable', `credentials.${key} was given for target ${target}; leave it out`);
}

const purposeOf = (id: string): string => `environment:${id}`;

export function sealCredentials(box: SealBox, id: string, credentials: EnvironmentCredentials): string | null {
  return Object.keys(credentials).length === 0 ? null : box.seal(JSON.stringify(credentials), purposeOf(id));
}

/** What opens an environment's cluster or engine. */
export function openCredentials(
  box: SealBox,
  { id, credentialsSealed }: Pick<EnvironmentEntity, 'id' | 'credentialsSealed'>,
): EnvironmentCredentials {
  return credentialsSealed === null ? {} : (JSON.parse(box.open(credentialsSealed, purposeOf(id))) as EnvironmentCredentials);
}

/** Common settings as they are read back. */
export function commonOf(config: Readonly<Record<string, unknown>>): Pick<EnvironmentCreation, 'storage' | 'logSink' | 'quotas'> {
  return pick(config, ['storage', 'logSink', 'quotas']);
}

function pick(from: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])));
}
