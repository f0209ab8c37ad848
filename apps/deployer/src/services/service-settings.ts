import { type AutoScaler, AutoScalerSettings, type Service } from '#slipway/contracts';
import { canonicalJson, DomainError } from '#slipway/platform';
import type { EnvironmentEntity } from '../environments/environment.entity.js';
import type { RevisionSettings } from './revision.entity.js';
import type { ServiceSettings } from './service.entity.js';

/** The settings of a request, those of `ServiceCreation` and `ServiceUpdate` alike. */
export interface RequestedSettings {
  numReplicas?: number | undefined;
  autoScaler?: AutoScalerSettings | undefined;
  maxConcurrentRequestsPerContainer?: number | undefined;
  maxQueuedRequestsPerContainer?: number | undefined;
  scoringTimeoutMs?: number | undefined;
  containerResourceReservation?: Service['containerResourceReservation'] | undefined;
  dataCollection?: Service['dataCollection'] | undefined;
  appInsightsEnabled?: boolean | undefined;
}

export const defaultServiceSettings: ServiceSettings = {
  numReplicas: 1,
  autoScaler: { autoscaleEnabled: false, minReplicas: 1, maxReplicas: 10, refreshPeriodInSeconds: 1, targetUtilization: 70 },
  maxQueuedRequestsPerContainer: 10,
};

export const defaultRevisionSettings: RevisionSettings = {
  maxConcurrentRequestsPerContainer: 1,
  scoringTimeoutMs: 60_000,
  containerResourceReservation: {},
  dataCollection: { storageEnabled: false, eventHubEnabled: false },
  appInsightsEnabled: false,
};

/** What a new service has in an environment where its request says nothing; a number of replicas says that it is fixed. */
export function defaultsOf({ config }: Pick<EnvironmentEntity, 'config'>, request: RequestedSettings): ServiceSettings {
  const given = AutoScalerSettings.safeParse(config.autoScaler);
  const autoScaler = { ...defaultServiceSettings.autoScaler, ...(given.success ? defined(given.data) : {}) };
  if (request.numReplicas !== undefined) autoScaler.autoscaleEnabled = false;
  return { ...defaultServiceSettings, autoScaler };
}

/**
 * `replicas`: how many the service has now. They are kept when the autoscaler is switched off.
 * @throws DomainError `unprocessable` when the result contradicts itself.
 */
export function mergeServiceSettings(
  current: ServiceSettings,
  request: RequestedSettings,
  replicas = current.numReplicas,
): ServiceSettings {
  const autoScaler = { ...current.autoScaler, ...defined(request.autoScaler ?? {}) };
  checkAutoScaler(autoScaler, request.numReplicas);
  const switchedOff = current.autoScaler.autoscaleEnabled && !autoScaler.autoscaleEnabled;
  return {
    numReplicas: request.numReplicas ?? (switchedOff ? replicas : current.numReplicas),
    autoScaler,
    maxQueuedRequestsPerContainer: request.maxQueuedRequestsPerContainer ?? current.maxQueuedRequestsPerContainer,
  };
}

export function mergeRevisionSettings(current: RevisionSettings, request: RequestedSettings): RevisionSettings {
  return {
    maxConcurrentRequestsPerContainer: request.maxConcurrentRequestsPerContainer ?? current.maxConcurrentRequestsPerContainer,
    scoringTimeoutMs: request.scoringTimeoutMs ?? current.scoringTimeoutMs,
    containerResourceReservation: { ...current.containerResourceReservation, ...request.containerResourceReservation },
    dataCollection: request.dataCollection ?? current.dataCollection,
    appInsightsEnabled: request.appInsightsEnabled ?? current.appInsightsEnabled,
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const defined = <T extends object>(value: T): Defined<T> =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<T>;

export const sameSettings = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

/** What the autoscaler starts from; null while it is off. */
export function scaledReplicas({ autoScaler }: ServiceSettings, current: number): number | null {
  const { autoscaleEnabled, minReplicas, maxReplicas } = autoScaler;
  return autoscaleEnabled ? Math.min(Math.max(current, minReplicas), maxReplicas) : null;
}

/** @throws DomainError for settings that are well-formed and cannot be had, whatever they are added to. */
export function checkSettings({ autoScaler, numReplicas }: RequestedSettings): void {
  if (autoScaler?.autoscaleEnabled && numReplicas !== undefined)
    throw new DomainError(
      'unprocessable',
      `numReplicas ${numReplicas} and autoScaler.autoscaleEnabled true exclude each other; give one of them`,
    );
}

function checkAutoScaler({ autoscaleEnabled, minReplicas, maxReplicas }: AutoScaler, numReplicas: number | undefined): void {
  if (minReplicas > maxReplicas)
    throw new DomainError(
      'unprocessable',
      `autoScaler.minReplicas ${minReplicas} is above maxReplicas ${maxReplicas}; raise maxReplicas`,
    );
  if (autoscaleEnabled && numReplicas !== undefined)
    throw new DomainError(
      'unprocessable',
      `numReplicas ${numReplicas} cannot be set while the autoscaler is on; add autoScaler.autoscaleEnabled false, or set minReplicas and maxReplicas`,
    );
}
