import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CreateManifest, GetModel, ListModels, RegisterModel } from '#slipway/contracts';
import { type Digest, digestHex } from '#slipway/oci';
import { eventually, makeStage, pack, push, type Stage } from './fixture.js';
import { bundleRegistry, type RegistryProcess, spawnRegistry } from './process.js';

/** Kills the real process at each place that matters, starts it again, and looks at what is there. */
describe('a registry that is killed', () => {
  let stage: Stage;
  let program: string;
  let registry: RegistryProcess;
  let serial = 0;

  const start = async (failpoints = '', more: Record<string, string> = {}) => {
    registry = await spawnRegistry(program, { ...stage.settings, SLIPWAY_FAILPOINTS: failpoints, ...more });
    return stage.client(registry.url);
  };
  const restart = async (failpoints = '', more: Record<string, string> = {}) => {
    await registry.kill();
    return start(failpoints, more);
  };
  const blobFile = (digest: Digest) => path.join(stage.home, 'blobs/sha256', digestHex(digest).slice(0, 2), digestHex(digest));
  const freshModel = () => pack({ [`model-${++serial}.pkl`]: 'w'.repeat(3_000_000) });

  /** I6: every file has the hash that it is named after, and every row has its file with its size. */
  async function expectSoundStore(): Promise<void> {
    const folder = path.join(stage.home, 'blobs/sha256');
    for (const part of readdirSync(folder)) {
      for (const hex of readdirSync(path.join(folder, part))) {
        const hash = createHash('sha256');
        for await (const chunk of createReadStream(path.join(folder, part, hex))) hash.update(chunk as Buffer);
        expect(hash.digest('hex')).toBe(hex);
      }
    }
    for (const { digest, size } of await stage.query<{ digest: Digest; size: string }>('SELECT digest, size FROM blob'))
      expect(statSync(blobFile(digest)).size).toBe(Number(size));
  }

  beforeAll(async () => {
    [stage, program] = await Promise.all([makeStage(), bundleRegistry('registry-crash')]);
  });
  afterEach(async () => {
    await registry.kill();
    await expectSoundStore();
  });
  afterAll(() => stage.close());

  it.each([
    'registry.after_upload_chunk=kill@1',
    'registry.after_upload_chunk=kill@20',
    'registry.after_upload_verified=kill',
    'registry.after_blob_rename=kill',
    'registry.after_blob_commit=kill',
  ])('should take the same blob again after %s', async (failpoints) => {
    const blob = await freshModel();
    const client = await start(failpoints);
    await until(registry.ended, () => push(client, 'acme/uploads', blob));
    const again = await start();
    await push(again, 'acme/uploads', blob);
    expect(await again.headBlob('acme/uploads', blob.digest)).toEqual({ size: blob.bytes.length });
    const { stream } = await again.getBlob('acme/uploads', blob.digest);
    expect(Buffer.concat(await stream.toArray())).toEqual(blob.bytes);
  });

  it('should go on with an upload where it was when it was killed', async () => {
    await start();
    const blob = await freshModel();
    const headers = { authorization: stage.asBuilder };
    const location = (await fetch(`${registry.url}/v2/acme/uploads/blobs/uploads/`, { method: 'POST', headers })).headers.get(
      'location',
    )!;
    await fetch(registry.url + location, { method: 'PATCH', headers, body: new Uint8Array(blob.bytes.subarray(0, 2_000_000)) });
    await restart();
    const where = await fetch(registry.url + location, { headers });
    expect([where.status, where.headers.get('range')]).toEqual([204, '0-1999999']);
    const rest = { ...headers, 'content-range': `2000000-${blob.bytes.length - 1}` };
    const end = await fetch(`${registry.url}${location}?digest=${blob.digest}`, {
      method: 'PUT',
      headers: rest,
      body: new Uint8Array(blob.bytes.subarray(2_000_000)),
    });
    expect(end.status).toBe(201);
    const resumed = await eventuallyAnswers(() => stage.send(RegisterModel, { name: 'resumed', url: blob.url }));
    expect(resumed).toMatchObject({ digest: blob.digest });
  });

  it('should clear away a blob that was named but not committed, and an upload that nobody goes on with, after the grace time', async () => {
    const blob = await freshModel();
    const doomed = await start('registry.after_blob_rename=kill');
    await until(registry.ended, () => push(doomed, 'acme/uploads', blob));
    expect(existsSync(blobFile(blob.digest))).toBe(true);
    expect(await stage.query('SELECT FROM blob WHERE digest = $1', [blob.digest])).toEqual([]);
    await start('', { SLIPWAY_SWEEP_SECONDS: '1' });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(existsSync(blobFile(blob.digest))).toBe(true);
    await restart('', { SLIPWAY_SWEEP_SECONDS: '1', SLIPWAY_BLOB_GRACE_SECONDS: '0', SLIPWAY_UPLOAD_GRACE_SECONDS: '0' });
    await eventually(async () => {
      expect(existsSync(blobFile(blob.digest))).toBe(false);
      expect(readdirSync(path.join(stage.home, 'blobs/uploads'))).toEqual([]);
      expect(await stage.query('SELECT FROM upload')).toEqual([]);
    });
    expect(
      (await stage.query<{ digest: Digest }>('SELECT digest FROM blob')).filter(({ digest }) => !existsSync(blobFile(digest))),
    ).toEqual([]);
  });

  it.each(['registry.before_model_commit=kill', 'registry.after_model_commit=kill', 'relay.after_publish=kill'])(
    'should register once and tell it once after %s',
    async (failpoints) => {
      const [name, blob] = [`killed-${++serial}`, await freshModel()];
      await push(await start(), 'acme/uploads', blob);
      await restart(failpoints);
      const ctx = stage.context();
      const first = await until(registry.ended, () => stage.send(RegisterModel, { name, url: blob.url }, ctx));
      const client = await start();
      const model = await eventuallyAnswers(() =>
        stage.send(RegisterModel, { name, url: blob.url }, { ...ctx, deadline: Date.now() + 10_000 }),
      );
      expect(model).toMatchObject({ ...first, name, version: 1 });
      expect((await stage.send(ListModels, { name })).value).toEqual([model]);
      expect(await client.findManifest('acme/models', model.id)).toBeDefined();
      await eventually(async () => {
        const facts = await stage.query("SELECT FROM outbox WHERE event->>'subject' = $1 AND published_at IS NOT NULL", [
          model.id,
        ]);
        expect(facts).toHaveLength(1);
      });
      expect(await stage.query('SELECT FROM history WHERE id = $1', [model.id])).toHaveLength(1);
    },
  );

  it.each(['registry.before_manifest_commit=kill', 'registry.after_manifest_commit=kill'])(
    'should create a manifest once after %s',
    async (failpoints) => {
      const [name, script] = [`killed-${++serial}`, await pack({ 'score.py': `# ${serial}` })];
      await push(await start(), 'acme/uploads', script);
      await restart(failpoints);
      const creation = { name, driverProgram: 'd', assets: [{ id: 'd', url: script.url }], targetRuntime: {} };
      const ctx = stage.context();
      await until(registry.ended, () => stage.send(CreateManifest, creation, ctx));
      await start();
      // What was acknowledged by the commit is given again without asking the deployer anew.
      if (failpoints.includes('after')) stage.setPythons(undefined);
      const manifest = await eventuallyAnswers(() =>
        stage.send(CreateManifest, creation, { ...ctx, deadline: Date.now() + 10_000 }),
      );
      stage.setPythons(['3.11']);
      expect(manifest).toMatchObject({ name, version: 1, python: '3.11' });
      expect(await stage.query('SELECT FROM manifest WHERE name = $1', [name])).toHaveLength(1);
    },
  );

  it('should still know everything that it answered after a kill in the middle of work', async () => {
    const client = await start();
    const blobs = await Promise.all(Array.from({ length: 6 }, (_, at) => pack({ 'model.pkl': `bytes ${at} ${++serial}` })));
    for (const blob of blobs) await push(client, 'acme/uploads', blob);
    const calls = Array.from({ length: 60 }, (_, at) => {
      const ctx = stage.context({ deadline: Date.now() + 2_000 });
      const body = { name: 'busy', url: blobs[at % blobs.length]!.url };
      return { ctx, body, done: stage.send(RegisterModel, body, ctx).catch(() => undefined) };
    });
    await Promise.race(calls.slice(20).map(({ done }) => done));
    await registry.kill();
    const answered = (await Promise.all(calls.map(({ done }) => done))).filter((model) => model !== undefined);
    await start();
    for (const model of answered) expect(await eventuallyAnswers(() => stage.send(GetModel, { ref: model.id }))).toEqual(model);
    for (const { ctx, body } of calls)
      await eventuallyAnswers(() => stage.send(RegisterModel, body, { ...ctx, deadline: Date.now() + 10_000 }));
    const versions = await stage.query<{ version: number }>(`SELECT version FROM model WHERE name = 'busy' ORDER BY version`);
    expect(versions.map((row) => row.version)).toEqual(calls.map((_, at) => at + 1));
  });
});

/** Tries until it is killed, because the bus may not know it yet; gives the answer if there was one before. */
async function until<T>(killed: Promise<number | string>, work: () => Promise<T>): Promise<T | undefined> {
  let answer: T | undefined;
  let over = false;
  const trying = async () => {
    while (!over && answer === undefined) {
      answer = await work().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  void trying();
  expect(await killed).toBe('SIGKILL');
  over = true;
  return answer;
}

/** The bus needs a moment to see that a restarted service subscribes. */
async function eventuallyAnswers<T>(ask: () => Promise<T>): Promise<T> {
  let answer: T | undefined;
  await eventually(async () => {
    answer = await ask();
  });
  return answer!;
}
