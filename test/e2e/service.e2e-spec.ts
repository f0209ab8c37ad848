import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adder, call, Stage } from '../stage.js';

describe('service lifecycle', () => {
  const stage = new Stage();

  beforeAll(async () => {
    writeFileSync(path.join(stage.work, 'score.py'), adder.script);
    writeFileSync(path.join(stage.work, 'weights.json'), adder.model(1));
    await stage.up();
  });
  afterAll(() => stage.close());

  it('should score with either key, and refuse one that was made new', async () => {
    const service = await stage.json<{ scoringUri: string }>(
      'service',
      'create',
      'keyed',
      '-f',
      'score.py',
      '-m',
      'weights.json',
    );
    const before = await stage.json<{ primaryKey: string; secondaryKey: string }>('service', 'keys', 'keyed');
    for (const key of [before.primaryKey, before.secondaryKey])
      expect((await call({ url: service.scoringUri, key }, [1])).body.sum).toBe(2);
    const after = await stage.json<{ primaryKey: string; secondaryKey: string }>(
      'service',
      'keys',
      'keyed',
      '--regen',
      '-k',
      'Primary',
    );
    expect(after.secondaryKey).toBe(before.secondaryKey);
    const refusedBy = Date.now() + 5_000;
    while ((await call({ url: service.scoringUri, key: before.primaryKey }, [1])).status !== 401)
      expect(Date.now()).toBeLessThan(refusedBy);
    expect((await call({ url: service.scoringUri, key: after.primaryKey }, [1])).status).toBe(200);
    expect((await call({ url: service.scoringUri, key: after.secondaryKey }, [1])).status).toBe(200);
  });

  it('should give one manifest one digest, and a new model version all other layers', async () => {
    const manifest = await stage.json<{ id: string }>('manifest', 'create', '-n', 'same', '-f', 'score.py', '-m', 'weights.json');
    const first = await stage.json<{ digest: string }>('image', 'create', '-n', 'same', '--manifest-id', manifest.id);
    const second = await stage.json<{ digest: string; version: number }>(
      'image',
      'create',
      '-n',
      'same',
      '--manifest-id',
      manifest.id,
    );
    expect(second).toMatchObject({ digest: first.digest, version: 2 });
  });

  it('should keep the logs of a request together, and the events of the account', async () => {
    const logs = await stage.ok('service', 'logs', 'realtime', '-i', 'keyed', '-o', 'json');
    expect(logs).toBe('');
    const events = await stage.ok('events', 'tail', '--after', '0', '--max', '5', '-o', 'json');
    expect(
      events
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { event: { type: string } }).event.type),
    ).toContain('io.slipway.ModelRegistered.v1');
  });

  it('should delete a service, free its name, and say when there is nothing to delete', async () => {
    await stage.ok('service', 'delete', 'keyed');
    expect((await stage.run(['service', 'delete', 'keyed'])).stderr).toContain('not found');
    const again = await stage.json<{ scoringUri: string; replicas: unknown[] }>(
      'service',
      'create',
      'keyed',
      '-f',
      'score.py',
      '-m',
      'weights.json',
      '-z',
      '2',
    );
    expect(again.replicas).toHaveLength(2);
  });
});
