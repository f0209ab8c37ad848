const digest = 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const id = (tail: string): string => `019ab9d2-6e00-7000-8000-00000000${tail}`;
const time = '2026-11-24T09:30:00.000Z';

const model = {
  id: id('0001'),
  name: 'iris',
  version: 3,
  url: `blob:${digest}`,
  mimeType: 'application/octet-stream',
  unpack: true,
  tags: ['production'],
  description: 'Random forest on the iris data',
  digest,
  contentDigest: digest,
  size: 184_320,
  path: 'outputs/model.pkl',
  createdAt: time,
  createdBy: 'token:4ZsQ0mA9xYbC',
};

/** One example for each component that people send or often read; a spec holds each against its schema. */
export const examples: Readonly<Record<string, unknown>> = {
  ErrorResponse: {
    code: 'bad_request',
    message: 'the body is not valid: name: a name is 3 to 32 of a-z, 0-9, - and ., and starts and ends with a letter or a digit',
    statusCode: 400,
    details: [
      {
        code: 'invalid_format',
        message: 'name: a name is 3 to 32 of a-z, 0-9, - and ., and starts and ends with a letter or a digit',
      },
    ],
    requestId: id('00ff'),
  },
  Model: model,
  ModelRegistration: { name: model.name, url: model.url, tags: model.tags, description: model.description },
  ManifestCreation: {
    name: 'iris',
    driverProgram: 'driver',
    schemaAsset: 'schema',
    assets: [
      { id: 'driver', url: `blob:${digest}`, mimeType: 'application/x-python', unpack: true },
      { id: 'schema', url: `blob:${digest}`, mimeType: 'application/octet-stream', unpack: true },
    ],
    targetRuntime: { runtimeType: 'Python', properties: { pipRequirements: `blob:${digest}` } },
    modelIds: ['iris:3'],
  },
  ImageRequest: { name: 'iris', manifestId: 'iris:1', description: 'The first one' },
  ServiceCreation: {
    name: 'iris',
    imageId: 'iris:1',
    numReplicas: 2,
    containerResourceReservation: { cpu: '0.5', memory: '512Mi' },
    dataCollection: { storageEnabled: true },
    env: { THRESHOLD: '0.7' },
  },
  ServiceUpdate: { imageId: 'iris:2', env: { THRESHOLD: null } },
  KeyRegeneration: { keyType: 'Primary' },
  Accepted: { operationId: `service-${id('0010')}`, resourceId: id('0011') },
  Operation: {
    id: `service-${id('0010')}`,
    operationType: 'Service',
    state: 'Succeeded',
    resourceLocation: `http://127.0.0.1:5080/api/v1/accounts/default/services/${id('0011')}`,
    progress: null,
    createdTime: time,
    endTime: '2026-11-24T09:30:04.120Z',
    error: null,
  },
  AuthKeys: { primaryKey: 'slk_<id>_<secret>_<crc>', secondaryKey: 'slk_<id>_<secret>_<crc>' },
  FeedEntry: {
    position: 42,
    account: 'default',
    event: {
      specversion: '1.0',
      id: id('0020'),
      type: 'io.slipway.ModelRegistered.v1',
      source: '/accounts/default/registry',
      subject: model.id,
      time,
      datacontenttype: 'application/json',
      correlationid: id('0021'),
      actor: model.createdBy,
      sequence: 1,
      data: { id: model.id, name: 'iris', version: 3, digest, path: model.path, size: model.size, contentDigest: digest },
    },
  },
};
