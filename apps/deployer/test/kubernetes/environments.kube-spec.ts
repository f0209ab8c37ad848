import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CheckEnvironment,
  CreateEnvironment,
  GetEnvironment,
  ListEnvironments,
  type Operation,
  UpdateEnvironment,
} from '#slipway/contracts';
import { eventually } from '../fixture.js';
import { type KubeStage, makeKubeStage } from './kube-stage.js';

describe('an environment on a cluster', () => {
  let stage: KubeStage;
  beforeAll(async () => {
    stage = await makeKubeStage();
    await stage.start();
    await eventually(async () => void (await stage.send(ListEnvironments, {})));
  });
  afterAll(() => stage?.close());
  const kubernetes = { registry: 'registry.invalid:5000', namespace: 'made-by-slipway' };
  const setUp = async (name: string, kubeconfig: string): Promise<Operation> =>
    stage.finish(await stage.send(CreateEnvironment, { name, target: 'kubernetes', kubernetes, credentials: { kubeconfig } }));

  it('should try the cluster and the rights, and make the namespace', async () => {
    expect(await setUp('made', stage.proxy.kubeconfig)).toMatchObject({ state: 'Succeeded' });
    const namespace = await stage.cluster.get<{ status: { phase: string } }>('namespace', 'made-by-slipway');
    expect(namespace.status.phase).toBe('Active');
    const { ok, checks } = await stage.send(CheckEnvironment, { ref: 'made' });
    expect(ok).toBe(true);
    expect(checks.map(({ part, state }) => `${part} ${state}`)).toEqual([
      'target ok',
      'permissions ok',
      'namespace ok',
      'objects ok',
    ]);
    // A second environment in a namespace that is there already.
    expect(await setUp('again', stage.proxy.kubeconfig)).toMatchObject({ state: 'Succeeded' });
  });

  it('should refuse the credentials of nobody, and keep those that work', async () => {
    const config = parse(stage.cluster.kubeconfig) as { users: { user: { token: string } }[] };
    config.users[0]!.user.token = 'nobody';
    const wrong = JSON.stringify(config);
    const operation = await setUp('wrong', wrong);
    expect(operation).toMatchObject({ state: 'Failed', error: { code: 'cluster_forbidden' } });
    const update = { credentials: { kubeconfig: wrong } };
    await expect(stage.send(UpdateEnvironment, { ref: 'made', update })).rejects.toMatchObject({ code: 'unprocessable' });
    expect(await stage.send(GetEnvironment, { ref: 'made' })).toMatchObject({ provisioningState: 'Succeeded' });
    expect((await stage.send(CheckEnvironment, { ref: 'made' })).ok).toBe(true);
  });
});
