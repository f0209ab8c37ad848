import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { account, Stage } from './fixture.js';

const plain = 'import json\n\ndef init():\n    pass\n\ndef run(raw):\n    return json.loads(raw)\n';

describe('builder', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
    await stage.startBuilder();
  });
  afterAll(() => stage.close());

  it('should build an image of script, model, packages and runtime, and the same manifest twice to the same digest', async () => {
    const model = await stage.model('weights', { 'outputs/model.pkl': 'weights' });
    const script = `import six\nfrom helpers.text import words\n${plain}`;
    const files = { 'helpers/text.py': 'import re\n\ndef words(t):\n    return re.split(" ", t)\n' };
    const manifest = await stage.manifest({ script, files, models: [model], pip: ['six'] });
    const first = await stage.build(manifest.id);
    expect(first).toMatchObject({ creationState: 'Succeeded', imageLocation: `${account}/iris:${first.version}`, error: null });
    const { layers, config } = await stage.document(first);
    expect(layers.map(({ annotations }) => annotations['io.slipway.layer'])).toEqual([
      'dependencies',
      'runtime',
      'code',
      'model',
    ]);
    expect(layers[3]?.digest).toBe(manifest.models[0]?.digest);
    expect(config.config).toMatchObject({ Entrypoint: ['python3', '-m', 'slipway.serve'], WorkingDir: '/app' });
    expect(config.config.Env).toContain('SLIPWAY_ENTRY=score.py');

    const started = Date.now();
    const again = await stage.build(manifest.id);
    const other = await stage.build(manifest.id, 'another');
    console.log('two more images of one manifest', Date.now() - started, 'ms');
    expect(again).toMatchObject({ digest: first.digest, version: first.version + 1 });
    expect(other).toMatchObject({ digest: first.digest, name: 'another' });
    console.log(await stage.log(first.id), await stage.log(again.id));
  });
});
