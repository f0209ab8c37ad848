import type { Deployment, Image, Manifest, Model, Service } from './api.js';
import type { Environment, EnvironmentCheck } from './environments-api.js';
import type { Secret } from './secrets-api.js';
import type { Columns } from './output.js';

const short = (digest: string | null | undefined): string => (digest ? digest.slice(0, 19) : '');
const pins = (models: readonly { name: string; version: number }[]): string =>
  models.map((model) => `${model.name}:${model.version}`).join(', ');

export const modelColumns: Columns<Model> = [
  ['Name', (model) => model.name],
  ['Version', (model) => model.version],
  ['Id', (model) => model.id],
  ['Path', (model) => model.path],
  ['Size', (model) => model.size],
  ['Tags', (model) => model.tags.join(', ')],
  ['CreatedAt', (model) => model.createdAt],
];

export const manifestColumns: Columns<Manifest> = [
  ['Name', (manifest) => manifest.name],
  ['Version', (manifest) => manifest.version],
  ['Id', (manifest) => manifest.id],
  ['Entry', (manifest) => manifest.entry],
  ['Python', (manifest) => manifest.python],
  ['Models', (manifest) => pins(manifest.models)],
  ['CreatedTime', (manifest) => manifest.createdTime],
];

export const imageColumns: Columns<Image> = [
  ['Name', (image) => image.name],
  ['Version', (image) => image.version],
  ['Id', (image) => image.id],
  ['State', (image) => image.creationState],
  ['Digest', (image) => short(image.digest)],
  ['Location', (image) => image.imageLocation],
  ['CreatedTime', (image) => image.createdTime],
];

export const serviceColumns: Columns<Service> = [
  ['Name', (service) => service.name],
  ['Service_Id', (service) => service.id],
  ['State', (service) => service.state],
  ['Revision', (service) => service.revision],
  ['Replicas', (service) => `${service.replicas.filter((replica) => replica.state === 'Ready').length}/${service.numReplicas}`],
  ['Image', (service) => `${service.image.name}:${service.image.version}`],
  ['Models', (service) => pins(service.models)],
  ['Last_Updated', (service) => service.updatedAt],
  ['Error', (service) => service.error?.message],
];

export const deploymentColumns: Columns<Deployment> = [
  ['Revision', (deployment) => deployment.revision],
  ['Status', (deployment) => deployment.status],
  ['Image', (deployment) => `${deployment.image.name}:${deployment.image.version}`],
  ['CreatedAt', (deployment) => deployment.createdAt],
  ['ExpiredAt', (deployment) => deployment.expiredAt],
];

type ShortEnvironment = Omit<Environment, 'config' | 'credentialNames'>;
export const environmentColumns: Columns<ShortEnvironment> = [
  ['Name', (environment) => environment.name],
  ['Id', (environment) => environment.id],
  ['Target', (environment) => environment.target],
  ['Provisioning State', (environment) => environment.provisioningState],
  ['Isolation', (environment) => environment.isolation],
  ['Default', (environment) => environment.isDefault],
  ['CreatedAt', (environment) => environment.createdAt],
  ['Error', (environment) => environment.error?.message],
];

export const checkColumns: Columns<EnvironmentCheck> = [
  ['Part', (check) => check.part],
  ['State', (check) => check.state],
  ['Message', (check) => check.message],
  ['Next', (check) => check.next],
];

export const secretColumns: Columns<Secret> = [
  ['Name', (secret) => secret.name],
  ['CreatedAt', (secret) => secret.createdAt],
  ['UpdatedAt', (secret) => secret.updatedAt],
];
