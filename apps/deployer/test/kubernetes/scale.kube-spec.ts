import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreateService } from '#slipway/contracts';
import { FakeRouter } from '../fake-router.js';
import { eventually } from '../fixture.js';
import { type KubeStage, makeKubeStage } from './kube-stage.js';

const idle = 60;
const quietMs = 20_000;

describe('many replicas and many services on a cluster', () => {
  let stage: KubeStage;
  let router: FakeRouter;
  beforeAll(async () => {
    stage = await makeKubeStage();
    const deployer = await stage.start({ SLIPWAY_MAX_REPLICAS: '2000', SLIPWAY_PROGRESS_DEADLINE_MS: '600000' });
    router = new FakeRouter(stage, () => deployer.url, 'router-1', stage.environment).start();
    await stage.registry.addImage('iris', 1, { 'score.py': '1' });
  });
  afterAll(async () => {
    router?.stop();
    await stage?.close();
  });

  it('should write ten times a second at most while it converges, and not at all at rest', async () => {
    const create = async (name: string, numReplicas: number) =>
      stage.send(CreateService, { name, imageId: 'iris:1', computeResource: { id: stage.environment }, numReplicas });
    const made = [await create('large', 100)];
    for (let index = 0; index < idle; index += 1) made.push(await create(`idle-${index}`, 1));
    for (const accepted of made) expect(await stage.finish(accepted, 240_000)).toMatchObject({ state: 'Succeeded' });
    await eventually(() => expect(router.route('large')?.revisions[0]?.endpoints).toHaveLength(100), 60_000);

    const times = stage.proxy.writes().map(({ at }) => at);
    const busiest = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
    // Nine are let go in a second; on a busy machine some arrive later than they were sent.
    expect(busiest).toBeLessThanOrEqual(12);
    expect(times).toHaveLength(6 * (idle + 1));
    await new Promise((resolve) => setTimeout(resolve, quietMs));
    expect(stage.proxy.writes()).toHaveLength(times.length);
  });
});
