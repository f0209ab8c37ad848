import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CheckEnvironment,
  CreateEnvironment,
  CreateService,
  DeleteEnvironment,
  DeleteService,
  GetEnvironment,
  GetEnvironmentCredentials,
  GetService,
  ListEnvironments,
  type Operation,
  type RequestInputOf,
  UpdateEnvironment,
  UpdateService,
} from '#slipway/contracts';
import { uuidv7 } from '#slipway/platform';
import { eventually, makeStage, script, type Stage } from './fixture.js';

const kubeconfig = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'gone',
  clusters: [{ name: 'gone', cluster: { server: 'https://127.0.0.1:9' } }],
  users: [{ name: 'me', user: { token: 'correct-horse-battery' } }],
  contexts: [{ name: 'gone', context: { cluster: 'gone', user: 'me' } }],
});

describe('environments', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await makeStage();
    await stage.start();
    await stage.registry.addImage('iris', 1, { 'score.py': script('one') });
  });
  afterAll(() => stage?.close());
  const setUp = async (body: RequestInputOf<typeof CreateEnvironment>): Promise<Operation> =>
    stage.finish(await stage.send(CreateEnvironment, body));
  const remove = async (ref: string): Promise<void> => {
    const { operationId } = await stage.send(DeleteEnvironment, { ref });
    await stage.finish({ operationId: operationId!, resourceId: uuidv7() });
    await expect(stage.send(GetEnvironment, { ref })).rejects.toMatchObject({ code: 'not_found' });
  };
  const told = async (type: string): Promise<string[]> =>
    (
      await stage.query<{ name: string }>(`SELECT event->'data'->>'name' AS name FROM outbox WHERE event->>'type' = $1`, [type])
    ).map((row) => row.name);

  it('should set one up, serve in it, refuse to delete it while it serves, and take it down once', async () => {
    const context = stage.context();
    const body = { name: 'staging', target: 'process' as const };
    const accepted = await stage.send(CreateEnvironment, body, context);
    expect(await stage.send(CreateEnvironment, body, context)).toEqual(accepted);
    expect(await stage.finish(accepted)).toMatchObject({ state: 'Succeeded', operationType: 'Environment' });
    const environment = await stage.send(GetEnvironment, { ref: 'staging' });
    expect(environment).toMatchObject({ provisioningState: 'Succeeded', isDefault: false, config: {}, credentialNames: [] });
    expect(await told('io.slipway.EnvironmentReady.v1')).toEqual(['local', 'staging']);
    await expect(stage.send(CreateEnvironment, body)).rejects.toMatchObject({ code: 'name_taken' });
    expect((await stage.send(ListEnvironments, {}, stage.context({ account: 'other' }))).value.map(({ name }) => name)).toEqual([
      'local',
    ]);

    for (const id of ['staging', 'local']) {
      const service = { name: 'iris', imageId: 'iris:1', computeResource: { id } };
      expect(await stage.finish(await stage.send(CreateService, service))).toMatchObject({ state: 'Succeeded' });
    }
    // A bare name is the one in the default environment.
    expect(await stage.service('iris')).toMatchObject({ environment: 'local', scoringUri: '/api/v1/service/iris/score' });
    const found = async (scope: object): Promise<string> => (await stage.send(GetService, { ref: 'iris', ...scope })).environment;
    expect(await found({ currentEnvironment: 'staging' })).toBe('staging');
    expect(await found({ environment: 'staging' })).toBe('staging');
    expect(await found({ currentEnvironment: 'local' })).toBe('local');
    await expect(found({ currentEnvironment: 'elsewhere' })).rejects.toMatchObject({ code: 'ambiguous_name' });
    await expect(found({ environment: 'elsewhere' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(stage.send(DeleteEnvironment, { ref: 'staging' })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining("'staging' has 1 services (iris)") as string,
    });
    await stage.send(DeleteService, { ref: 'iris' });
    const left = await stage.service('iris');
    expect(left).toMatchObject({ environment: 'staging', scoringUri: '/e/staging/api/v1/service/iris/score' });
    await stage.send(DeleteService, { ref: left.id });
    await remove('staging');
    expect(await stage.send(DeleteEnvironment, { ref: 'staging' })).toEqual({ deleted: false });
    expect(await told('io.slipway.EnvironmentDeleted.v1')).toEqual(['staging']);
    await expect(stage.send(DeleteEnvironment, { ref: 'local' })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('should refuse what cannot be, and leave nothing of it', async () => {
    const refusals: [object, string, string][] = [
      [{ target: 'kubernetes', kubernetes: { registry: 'r:1' } }, 'unprocessable', '--kubeconfig'],
      [{ target: 'kubernetes', credentials: { kubeconfig } }, 'unprocessable', '--registry-address'],
      [{ target: 'process', docker: {} }, 'unprocessable', 'settings of docker'],
      [{ target: 'process', credentials: { kubeconfig } }, 'unprocessable', 'credentials.kubeconfig'],
      [{ target: 'docker', docker: { host: 'ftp://x' } }, 'bad_request', 'docker.host'],
      [{ target: 'process', name: 'With Space' }, 'bad_request', 'name'],
      [{ target: 'process', quotas: { cpu: '1e9' } }, 'bad_request', 'quotas.cpu'],
      [{ target: 'process', storage: 'ftp://x' }, 'bad_request', 'storage'],
    ];
    for (const [more, code, text] of refusals)
      await expect(stage.send(CreateEnvironment, { name: 'refused', target: 'process', ...more })).rejects.toMatchObject({
        code,
        message: expect.stringContaining(text) as string,
      });
    expect(await stage.query(`SELECT 1 FROM environment WHERE name = 'refused'`)).toEqual([]);
  });

  it('should keep a cluster that is gone as failed with the cause, take no service there, and let it be deleted', async () => {
    const operation = await setUp({
      name: 'gone',
      target: 'kubernetes',
      kubernetes: { registry: '127.0.0.1:9' },
      credentials: { kubeconfig },
    });
    expect(operation).toMatchObject({
      state: 'Failed',
      error: { message: expect.stringContaining("'gone' could not be set up") },
    });
    const environment = await stage.send(GetEnvironment, { ref: 'gone' });
    expect(environment).toMatchObject({ provisioningState: 'Failed', credentialNames: ['kubeconfig'] });
    expect(environment.provisioningErrors).toMatchObject([{ code: 'cluster_unreachable' }]);
    const wrong = await setUp({
      name: 'wrong',
      target: 'kubernetes',
      kubernetes: { registry: '127.0.0.1:9', context: 'nowhere' },
      credentials: { kubeconfig },
    });
    expect(wrong.error).toMatchObject({ code: 'unprocessable', message: expect.stringContaining("context 'nowhere'") as string });
    expect(await told('io.slipway.EnvironmentFailed.v1')).toEqual(['gone', 'wrong']);
    const service = { name: 'iris', imageId: 'iris:1', computeResource: { id: 'gone' } };
    await expect(stage.send(CreateService, service)).rejects.toMatchObject({ code: 'conflict' });
    expect(await stage.send(GetEnvironmentCredentials, { ref: 'gone' })).toEqual({ kubeconfig });
    for (const table of ['command_log', 'outbox', 'history', 'environment', 'operation']) {
      const rows = await stage.query<{ text: string }>(`SELECT t::text AS text FROM ${table} t`);
      expect(rows.filter(({ text }) => text.includes('correct-horse-battery'))).toEqual([]);
    }
    await remove('gone');
  });

  it('should name the part that fails, and try new settings before it takes them', async () => {
    const folder = path.join(stage.home, 'captures');
    expect(await setUp({ name: 'stored', target: 'process', storage: `file://${folder}` })).toMatchObject({ state: 'Succeeded' });
    const { ok, checks } = await stage.send(CheckEnvironment, { ref: 'stored' });
    expect(ok).toBe(true);
    expect(checks.map(({ part, state }) => `${part} ${state}`)).toEqual(['target ok', 'registry ok', 'storage ok']);
    const bad = { storage: 'file:///proc/captures' };
    await expect(stage.send(UpdateEnvironment, { ref: 'stored', update: bad })).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringContaining('/proc/captures cannot be written') as string,
    });
    const sink = { logSink: 'http://127.0.0.1:9' };
    await expect(stage.send(UpdateEnvironment, { ref: 'stored', update: sink })).rejects.toThrow('does not answer');
    expect((await stage.send(GetEnvironment, { ref: 'stored' })).config).toEqual({ storage: `file://${folder}` });
    const update = { storage: 's3://bucket/captures', quotas: { replicas: 1 } };
    expect(await stage.finish(await stage.send(UpdateEnvironment, { ref: 'stored', update }))).toMatchObject({
      state: 'Succeeded',
    });
    expect((await stage.send(GetEnvironment, { ref: 'stored' })).config).toEqual(update);
    expect((await stage.send(CheckEnvironment, { ref: 'stored' })).checks.at(-1)).toMatchObject({ state: 'not_supported' });
  });

  it('should hold services to its quotas, and name the figures', async () => {
    const quotas = { replicas: 3, cpu: '2', memory: '1Gi' };
    await setUp({ name: 'small', target: 'process', quotas });
    const body = { name: 'first', imageId: 'iris:1', computeResource: { id: 'small' }, numReplicas: 2 };
    const sized = { ...body, containerResourceReservation: { cpu: '500m', memory: '256Mi' } };
    const refusals: [object, string, string][] = [
      [{ ...sized, numReplicas: 4 }, 'quota_exceeded', "'small' holds 3 replicas"],
      [body, 'unprocessable', 'has a quota of cpu (2 cores): say what a replica needs with --cpu'],
      [{ ...sized, containerResourceReservation: { cpu: '1.5', memory: '1Mi' } }, 'quota_exceeded', 'holds 2 cores'],
      [{ ...sized, containerResourceReservation: { cpu: '1e9' } }, 'bad_request', 'cpu'],
    ];
    for (const [more, code, text] of refusals)
      await expect(stage.send(CreateService, more as typeof body)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(text) as string,
      });
    await stage.finish(await stage.send(CreateService, sized));
    const more = { ref: 'first', update: { containerResourceReservation: { memory: '600Mi' } } };
    await expect(stage.send(UpdateService, more)).rejects.toMatchObject({ code: 'quota_exceeded' });
    await expect(stage.send(CreateService, { ...sized, name: 'second' })).rejects.toThrow('give at most 1');
    expect((await stage.service('first')).generation).toBe(1);
  });

  it('should go on with what a killed deployer left half done', async () => {
    const { resourceId } = await stage.send(CreateEnvironment, { name: 'halfway', target: 'process' });
    await eventually(async () => {
      const [row] = await stage.query(`SELECT 1 FROM environment_queue WHERE environment_id = $1`, [resourceId]);
      expect(row).toBeUndefined();
    });
    await stage.query(`UPDATE environment SET provisioning_state = 'Creating' WHERE id = $1`, [resourceId]);
    await stage.query(
      `INSERT INTO environment_queue (environment_id, lease_until, lease_epoch, attempts) VALUES ($1, now() - interval '1 s', 1, 1)`,
      [resourceId],
    );
    await eventually(async () =>
      expect(await stage.send(GetEnvironment, { ref: 'halfway' })).toMatchObject({ provisioningState: 'Succeeded' }),
    );
  });
});
