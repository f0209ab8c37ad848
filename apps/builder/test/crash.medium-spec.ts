import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { uuidv7 } from '#slipway/platform';
import { findProgram, uvProgram } from '#slipway/supervisor';
import { startPostgres, type TestPostgres } from '#slipway/testing';
import { account, isAlive, Stage } from './fixture.js';

/** Kills the real process at each place that matters, starts it again, and looks at what is there. */
describe('a builder that is killed', () => {
  let stage: Stage;
  let postgres: TestPostgres;
  let serial = 0;

  beforeAll(async () => {
    postgres = await startPostgres();
    stage = await Stage.open(postgres);
  });
  afterEach(() => stage.builder.stop());
  afterAll(async () => {
    await stage.close();
    await postgres.close();
  });

  const script = () => `# ${(serial += 1)}\nimport six\n\ndef init():\n    pass\n\ndef run(raw):\n    return raw\n`;
  const manifestOf = async () => {
    const models = [await stage.model('crash', { 'model.pkl': `weights ${serial}` })];
    return stage.manifest({ script: script(), models, pip: ['six'] });
  };

  /** I3, I5: one image, one tag, one event of its end, nothing left behind. */
  async function expectBuiltOnce(id: string): Promise<void> {
    const image = await stage.finished(id);
    expect(image).toMatchObject({ creationState: 'Succeeded', error: null });
    expect((await stage.store.getManifest(`${account}/${image.name}`, String(image.version))).digest).toBe(image.digest);
    const ends = await stage.query(
      `SELECT 1 FROM outbox WHERE event->>'subject' = $1 AND event->>'type' ~ 'ImageBuil(t|dFailed)'`,
      [id],
    );
    expect(ends).toHaveLength(1);
    await expect
      .poll(() => stage.query('SELECT 1 FROM build WHERE due_at IS NOT NULL OR lease_until IS NOT NULL'), { timeout: 10_000 })
      .toEqual([]);
    expect(readdirSync(path.join(stage.home, 'run/builds'))).toEqual([]);
  }

  it.each([
    'builder.before_lock_commit',
    'builder.after_lock_commit',
    'builder.before_layer_push',
    'builder.after_layer_push',
    'builder.before_build_commit',
    'builder.after_build_commit',
    'builder.before_publish',
    'builder.after_publish',
    'builder.before_image_commit',
    'builder.after_image_commit',
  ])('should go on after a kill at %s', async (point) => {
    await stage.query('DELETE FROM layer_cache');
    await stage.query('DELETE FROM resolution');
    await stage.startBuilder({ SLIPWAY_FAILPOINTS: `${point}=kill` });
    const { id } = await stage.request((await manifestOf()).id);
    expect(await stage.builder.ended).toBe('SIGKILL');
    await stage.startBuilder();
    await expectBuiltOnce(id);
  });

  it.each([
    ['builder.before_request_commit', 0],
    ['builder.after_request_commit', 1],
  ])('should make one image for a request repeated after a kill at %s', async (point, written) => {
    const manifest = await manifestOf();
    const ctx = stage.context({ idempotencyKey: uuidv7() });
    const name = `repeat-${written}`;
    await stage.startBuilder({ SLIPWAY_FAILPOINTS: `${point}=kill` });
    const lost = stage.request(manifest.id, name, { ...ctx, deadline: Date.now() + 3_000 });
    await Promise.all([
      expect(lost).rejects.toMatchObject({ code: expect.stringMatching(/deadline_exceeded|service_unavailable/) }),
      stage.builder.ended,
    ]);
    expect(await stage.query('SELECT 1 FROM image WHERE name = $1', [name])).toHaveLength(written);
    await stage.startBuilder();
    const { id } = await stage.request(manifest.id, name, { ...ctx, deadline: Date.now() + 20_000 });
    await expectBuiltOnce(id);
    expect(await stage.query('SELECT 1 FROM image WHERE name = $1', [name])).toHaveLength(1);
  });

  it('should fail an image once when it is killed before the failure is written', async () => {
    await stage.startBuilder({ SLIPWAY_FAILPOINTS: 'builder.before_failure_commit=kill' });
    const { id } = await stage.request((await stage.manifest({ script: 'import (', pip: ['six'] })).id);
    expect(await stage.builder.ended).toBe('SIGKILL');
    await stage.startBuilder();
    expect(await stage.finished(id)).toMatchObject({ creationState: 'Failed' });
    expect(
      await stage.query(`SELECT 1 FROM outbox WHERE event->>'subject' = $1 AND event->>'type' LIKE '%Failed%'`, [id]),
    ).toHaveLength(1);
  });

  it('should end the steps of an earlier life and start them again', async () => {
    const uv = path.join(stage.home, 'slow-uv');
    writeFileSync(uv, `#!/bin/sh\necho $$ > '${stage.home}/step'\nexec sleep 600\n`);
    chmodSync(uv, 0o755);
    await stage.startBuilder({ SLIPWAY_UV: uv });
    const { id } = await stage.request((await stage.manifest({ script: script(), pip: ['six', 'idna'] })).id);
    await expect.poll(() => existsSync(path.join(stage.home, 'step')), { timeout: 20_000 }).toBe(true);
    const step = Number(readFileSync(path.join(stage.home, 'step'), 'utf8'));
    await stage.builder.stop('SIGKILL');
    expect(isAlive(step)).toBe(true);
    await stage.startBuilder();
    await expectBuiltOnce(id);
    expect(isAlive(step)).toBe(false);
  });

  it('should put a build back when it is told to stop, and leave no step', async () => {
    const uv = path.join(stage.home, 'stopped-uv');
    writeFileSync(uv, `#!/bin/sh\necho $$ > '${stage.home}/stopped-step'\nexec sleep 600\n`);
    chmodSync(uv, 0o755);
    await stage.startBuilder({ SLIPWAY_UV: uv });
    const { id } = await stage.request((await stage.manifest({ script: script(), pip: ['six', 'certifi'] })).id);
    await expect.poll(() => existsSync(path.join(stage.home, 'stopped-step')), { timeout: 20_000 }).toBe(true);
    const step = Number(readFileSync(path.join(stage.home, 'stopped-step'), 'utf8'));
    const builder = stage.builder;
    await builder.stop('SIGTERM');
    expect(await builder.ended).toBe(0);
    expect(isAlive(step)).toBe(false);
    await stage.startBuilder();
    await expectBuiltOnce(id);
  });

  it('should end a build whose database was away for a while', async () => {
    const uv = path.join(stage.home, 'waiting-uv');
    const [asked, goOn] = [path.join(stage.home, 'asked'), path.join(stage.home, 'go-on')];
    writeFileSync(
      uv,
      `#!/bin/sh\ntouch '${asked}'\nwhile [ ! -e '${goOn}' ]; do sleep 0.1; done\nexec '${findProgram(uvProgram, process.env)}' "$@"\n`,
    );
    chmodSync(uv, 0o755);
    await stage.startBuilder({ SLIPWAY_UV: uv });
    const { id } = await stage.request((await stage.manifest({ script: script(), pip: ['six', 'attrs'] })).id);
    await expect.poll(() => existsSync(asked), { timeout: 20_000 }).toBe(true);
    await postgres.stop('kill');
    writeFileSync(goOn, '');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await postgres.restart();
    await stage.reconnect();
    await expectBuiltOnce(id);
  });

  it('should make layers anew that the registry has lost', async () => {
    await stage.startBuilder();
    const manifest = await manifestOf();
    const first = await stage.build(manifest.id, 'lost');
    await stage.query(`UPDATE layer_cache SET repository = 'acme/no-such-place'`);
    await stage.query(
      `UPDATE build SET result = jsonb_set(result, '{layers,0,repository}', '"acme/no-such-place"') WHERE manifest->>'id' = $1`,
      [manifest.id],
    );
    const again = await stage.build(manifest.id, 'elsewhere');
    expect(again).toMatchObject({ creationState: 'Succeeded', digest: first.digest });
  });
});
