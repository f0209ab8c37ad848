import type { Service } from '#slipway/contracts';
import { canonicalJson, DomainError } from '#slipway/platform';
import type { RevisionSettings } from './revision.entity.js';
import type { ServiceSettings } from './service.entity.js';

/** The settings of a request, those of `ServiceCreation` and `ServiceUpdate` alike. */
export interface RequestedSettings {
  numReplicas?: number | undefined;
  autoScaler?: Service['autoScaler'] | undefined;
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

export function mergeServiceSettings(current: ServiceSettings, request: RequestedSettings): ServiceSettings {
  return {
    numReplicas: request.numReplicas ?? current.numReplicas,
    autoScaler: request.autoScaler ?? current.autoScaler,
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

export const sameSettings = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

/** @throws DomainError for settings that are well-formed and cannot be had. */
export function checkSettings(request: RequestedSettings): void {
  const { autoScaler, numReplicas } = request;
  if (!autoScaler) return;
  if (autoScaler.autoscaleEnabled && numReplicas !== undefined)
    throw new DomainError(
      'unprocessable',
      `numReplicas ${numReplicas} and autoScaler.autoscaleEnabled true exclude each other; give one of them`,
    );
  if (autoScaler.minReplicas > autoScaler.maxReplicas)
    throw new DomainError(
      'unprocessable',
      `autoScaler.minReplicas ${autoScaler.minReplicas} is above maxReplicas ${autoScaler.maxReplicas}; raise maxReplicas`,
    );
  if (autoScaler.autoscaleEnabled)
    throw new DomainError(
      'not_supported',
      'autoScaler.autoscaleEnabled true is not supported by this installation; give a fixed number of replicas (-z N)',
    );
}
