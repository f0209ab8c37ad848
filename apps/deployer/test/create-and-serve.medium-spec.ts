import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreateService, GetServiceKeys } from '#slipway/contracts';
import { sha256Hex, type RunningService } from '#slipway/platform';
import { makeStage, score, script, type Stage } from './fixture.js';

describe('a new service', () => {
  let stage: Stage;
  let deployer: RunningService;
  beforeAll(async () => {
    stage = await makeStage();
    deployer = await stage.start();
  });
  afterAll(() => stage?.close());

  it('should start its replicas from the image and put a route to them', async () => {
    await stage.registry.addImage('iris', 1, { 'score.py': script('one') });
    const accepted = await stage.send(CreateService, {
      name: 'iris',
      imageId: 'iris:1',
      numReplicas: 2,
      env: { GREETING: 'hi' },
    });
    const operation = await stage.finish(accepted);
    expect(operation).toMatchObject({ state: 'Succeeded', error: null });

    const service = await stage.service('iris');
    expect(service).toMatchObject({ state: 'Succeeded', revision: 1, observedGeneration: 1, envNames: ['GREETING'] });
    expect(service.replicas.map((replica) => replica.state)).toEqual(['Ready', 'Ready']);
    const [route] = await stage.snapshot(deployer.url);
    expect(route?.revisions[0]?.endpoints).toHaveLength(2);
    const answer = await score(route);
    expect(answer).toMatchObject({ version: 'one', model: 'model of iris:1', env: { GREETING: 'hi', FROM_IMAGE: 'yes' } });

    const keys = await stage.send(GetServiceKeys, { ref: 'iris' });
    expect(route?.keys.map((key) => key.sha256).sort()).toEqual(
      [sha256Hex(keys.primaryKey), sha256Hex(keys.secondaryKey)].sort(),
    );
  });
});
