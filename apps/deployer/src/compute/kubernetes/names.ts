import { sha256Hex } from '#slipway/platform';

/** Who writes Slipway's fields by server-side apply. */
export const fieldManager = 'slipway';

export const labels = {
  managedBy: 'app.kubernetes.io/managed-by',
  environment: 'slipway.io/environment',
  service: 'slipway.io/service',
  serviceName: 'slipway.io/service-name',
  revision: 'slipway.io/revision',
  revisionNumber: 'slipway.io/revision-number',
} as const;
/** Digest of the manifest that was applied last. */
export const hashAnnotation = 'slipway.io/manifest';
export const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';

/** Objects that belong to an environment: its id keeps two installations in one namespace apart. */
export const environmentSelector = (environmentId: string): string =>
  `${labels.managedBy}=${fieldManager},${labels.environment}=${environmentId}`;

/** The part of a text that a DNS label takes, at most 30 characters; may be empty. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 30)
    .replaceAll(/^-+|-+$/g, '');
}

/** A name for all objects of a service: legal for each kind, readable, and the same after every start. */
export function serviceObjectName(serviceId: string, serviceName: string): string {
  return ['sw', slug(serviceName), sha256Hex(serviceId).slice(0, 8)].filter(Boolean).join('-');
}

export const revisionObjectName = (serviceId: string, serviceName: string, revision: number): string =>
  `${serviceObjectName(serviceId, serviceName)}-r${revision}`;

export const secretFilesName = (serviceId: string, serviceName: string, revision: number): string =>
  `${revisionObjectName(serviceId, serviceName, revision)}-files`;

/** A text as the value of a label; what it loses is kept in an annotation or an id beside it. */
export const labelValue = (text: string): string =>
  text
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
