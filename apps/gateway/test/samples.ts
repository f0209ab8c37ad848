import type { Environment, Image, Manifest, Model, Operation, Service } from '#slipway/contracts';
import { uuidv7 } from '#slipway/platform';

export const digest = `sha256:${'a'.repeat(64)}`;
const time = '2026-01-01T00:00:00.000Z';
const by = 'token:test';

export const sampleModel = (name: string, version = 1): Model => ({
  id: uuidv7(),
  name,
  version,
  url: `blob:${digest}`,
  mimeType: 'application/octet-stream',
  unpack: true,
  tags: [],
  description: null,
  digest,
  contentDigest: digest,
  size: 10,
  path: 'model.pkl',
  createdAt: time,
  createdBy: by,
});

export const sampleManifest = (name: string): Manifest => ({
  id: uuidv7(),
  name,
  version: 1,
  description: null,
  driverProgram: 'driver',
  entry: 'score.py',
  schemaPath: null,
  assets: [],
  targetRuntime: { runtimeType: 'Python', properties: {} },
  modelIds: [],
  models: [],
  modelType: 'Registered',
  webserviceType: 'Realtime',
  python: '3.11',
  platform: 'linux/amd64',
  createdTime: time,
  createdBy: by,
});

export const sampleImage = (name: string): Image => {
  const [id, manifest] = [uuidv7(), sampleManifest(name)];
  return {
    id,
    name,
    version: 1,
    description: null,
    imageType: 'Docker',
    imageLocation: `default/${name}:1`,
    digest,
    imageBuildLogUri: `/api/v1/accounts/default/images/${id}/log`,
    creationState: 'Succeeded',
    createdTime: time,
    createdBy: by,
    computeResourceId: null,
    manifestId: manifest.id,
    manifest,
    error: null,
  };
};

export const sampleService = (name: string): Service => {
  const image = sampleImage(name);
  return {
    id: uuidv7(),
    name,
    environment: 'local',
    state: 'Succeeded',
    scoringUri: `/api/v1/service/${name}/score`,
    swaggerUri: `/api/v1/service/${name}/swagger.json`,
    createdAt: time,
    updatedAt: time,
    createdBy: by,
    image: {
      id: image.id,
      name: image.name,
      version: 1,
      digest,
      repository: `default/${name}`,
      manifestId: image.manifestId,
      manifestName: name,
      manifestVersion: 1,
      entry: 'score.py',
      schemaPath: null,
      python: '3.11',
      platform: 'linux/amd64',
      models: [],
    },
    models: [],
    numReplicas: 1,
    autoScaler: { autoscaleEnabled: false, minReplicas: 1, maxReplicas: 10, refreshPeriodInSeconds: 1, targetUtilization: 70 },
    maxConcurrentRequestsPerContainer: 1,
    maxQueuedRequestsPerContainer: 10,
    scoringTimeoutMs: 60_000,
    containerResourceReservation: {},
    dataCollection: { storageEnabled: false, eventHubEnabled: false },
    appInsightsEnabled: false,
    secrets: { variables: {}, files: {} },
    envNames: [],
    revision: 1,
    generation: 1,
    observedGeneration: 1,
    replicas: [],
    error: null,
  };
};

export const sampleOperation = (kind: 'image' | 'service'): Operation => ({
  id: `${kind}-${uuidv7()}`,
  operationType: kind === 'image' ? 'Image' : 'Service',
  state: 'Running',
  resourceLocation: `/api/v1/accounts/default/${kind}s/${uuidv7()}`,
  progress: 'building layers',
  createdTime: time,
  endTime: null,
  error: null,
});

export const sampleEnvironment = (): Environment => ({
  id: uuidv7(),
  name: 'local',
  target: 'process',
  provisioningState: 'Succeeded',
  provisioningErrors: [],
  isolation: 'user',
  isDefault: true,
  config: {},
  credentialNames: [],
  createdAt: time,
  error: null,
});
