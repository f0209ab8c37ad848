import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CreateImage } from '#slipway/contracts';
import { findProgram, uvProgram } from '#slipway/supervisor';
import { isAlive, Stage } from './fixture.js';

const script = (line: string): string => `import json\n\n${line}\n\ndef init():\n    pass\n\ndef run(raw):\n    return raw\n`;

describe('a build that cannot succeed', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterEach(() => stage.builder.stop());
  afterAll(() => stage.close());

  async function failed(parts: Parameters<Stage['manifest']>[0]) {
    const { id, operationId } = await stage.request((await stage.manifest(parts)).id);
    const image = await stage.finished(id);
    expect(image).toMatchObject({ creationState: 'Failed', digest: null, imageLocation: null });
    expect(await stage.operation(operationId)).toMatchObject({
      state: 'Failed',
      error: image.error,
      endTime: expect.any(String),
    });
    const log = await stage.log(id);
    expect(log.trimEnd().split('\n').at(-1)).toMatch(/^\S+ failed: /);
    expect(log.trimEnd().endsWith(image.error!.message)).toBe(true);
    const events = await stage.query(
      `SELECT 1 FROM outbox WHERE event->>'subject' = $1 AND event->>'type' LIKE '%ImageBuildFailed%'`,
      [id],
    );
    expect(events).toHaveLength(1);
    return image.error!;
  }

  it("should end with the resolver's own words", async () => {
    await stage.startBuilder();
    const error = await failed({ script: script(''), pip: ['six==99'] });
    expect(error.code).toBe('unresolved_dependency');
    expect(error.message).toContain('there is no version of six==99 and you require six==99');
    expect(error.message).toContain('correct the dependency file');
    expect(error.details.map(({ code }) => code)).toContain('resolver');
  });

  it('should end with the import that is missing, before anything is packed', async () => {
    await stage.startBuilder();
    const error = await failed({ script: script('import sklearn'), pip: ['six'] });
    expect(error).toMatchObject({
      code: 'missing_import',
      message: 'score.py:3 imports sklearn, not in your dependencies; add scikit-learn',
    });
    expect(error.details.length).toBeGreaterThan(0);
    expect(await stage.query(`SELECT key FROM layer_cache WHERE kind = 'dependencies'`)).toEqual([]);
  });

  it('should end with the line of a syntax error', async () => {
    await stage.startBuilder();
    const error = await failed({ script: script('def broken(:') });
    expect(error).toMatchObject({
      code: 'unprocessable',
      message: expect.stringMatching(/^score\.py:3 is not valid Python 3\.\d+: /),
    });
  });

  it('should refuse packages from anywhere but the indexes', async () => {
    await stage.startBuilder();
    const error = await failed({ script: script(''), pip: ['six', '--extra-index-url https://me:geheim@evil.example/simple'] });
    expect(error).toMatchObject({
      code: 'bad_request',
      message: expect.stringMatching(/^the pip requirements, line 2: "--extra-index-url/),
    });
    expect(JSON.stringify(error)).not.toContain('geheim');
  });

  it('should build again when a failed manifest is asked for again', async () => {
    await stage.startBuilder({ UV_OFFLINE: '1' });
    const manifest = await stage.manifest({ script: script('import idna'), pip: ['idna'] });
    expect(await stage.build(manifest.id)).toMatchObject({ creationState: 'Failed' });
    await stage.builder.stop();
    await stage.startBuilder();
    expect(await stage.build(manifest.id)).toMatchObject({ creationState: 'Succeeded' });
  });

  it('should try again while the index cannot be reached, and then say so', async () => {
    await stage.startBuilder({ UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple', UV_HTTP_RETRIES: '0' });
    const error = await failed({ script: script(''), pip: ['zipp'] });
    expect(error).toMatchObject({
      code: 'service_unavailable',
      message: expect.stringContaining('the package index could not be reached'),
    });
  });

  it('should refuse work while the disk is nearly full', async () => {
    await stage.startBuilder();
    const manifest = await stage.manifest({ script: script('') });
    await stage.builder.stop();
    await stage.startBuilder({ SLIPWAY_BUILD_MIN_FREE_PERCENT: '90' });
    await expect(stage.send(CreateImage, { name: 'full', manifestId: manifest.id })).rejects.toMatchObject({
      code: 'insufficient_storage',
    });
  });

  it('should end at its time limit and leave no process', async () => {
    const uv = program(stage, 'slow-uv', 'sleep 600 & echo $! > "$HOME_OF_TEST/sleeper"; wait');
    await stage.startBuilder({ SLIPWAY_UV: uv, SLIPWAY_BUILD_TIMEOUT_SECONDS: '10' });
    const error = await failed({ script: script(''), pip: ['certifi'] });
    expect(error).toMatchObject({ code: 'deadline_exceeded', message: expect.stringContaining('10 s') });
    const pid = Number(readFileSync(path.join(stage.home, 'sleeper'), 'utf8'));
    expect(isAlive(pid)).toBe(false);
  });

  it('should show build steps nothing of its own settings', async () => {
    const uv = program(stage, 'nosy-uv', `env >> "$HOME_OF_TEST/seen"; exec "${findProgram(uvProgram, process.env)}" "$@"`);
    await stage.startBuilder({ SLIPWAY_UV: uv, SLIPWAY_SEAL_KEY_FILE: '/canary' });
    await stage.build((await stage.manifest({ script: script(''), pip: ['attrs'] })).id);
    const seen = readFileSync(path.join(stage.home, 'seen'), 'utf8');
    expect(seen).toContain('UV_CACHE_DIR=');
    expect(seen).not.toMatch(/SLIPWAY_|postgres|canary|NATS/i);
  });

  it('should name the version of Python that is not there', async () => {
    await stage.startBuilder();
    const error = await failed({ script: script(''), conda: 'dependencies:\n  - python=3.99\n' });
    expect(error).toMatchObject({ code: 'python_missing', message: expect.stringContaining('Python 3.99') });
  });
});

/** A program that stands in for uv; it knows the stage's folder. */
function program(stage: Stage, name: string, body: string): string {
  const file = path.join(stage.home, name);
  writeFileSync(file, `#!/bin/sh\nHOME_OF_TEST='${stage.home}'\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}
