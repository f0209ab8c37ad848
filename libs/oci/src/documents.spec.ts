import { describe, expect, it } from 'vitest';
import { digestOf } from './digest.js';
import { buildConfig, buildManifest, canonicalJson, emptyConfig, parseConfig, parseManifest } from './documents.js';
import { mediaTypes } from './types.js';

const digest = digestOf('layer');
const layer = { mediaType: mediaTypes.layer, digest, size: 5 };

describe(canonicalJson.name, () => {
  it('should sort keys at every level, keep lists, and leave out what is absent', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }, 'x'], a: undefined, é: null, B: { z: 1, y: {} } })).toBe(
      '{"B":{"y":{},"z":1},"b":[{"c":2,"d":1},"x"],"é":null}',
    );
  });
});

describe(buildConfig.name, () => {
  const input = {
    platform: { architecture: 'amd64', os: 'linux' },
    diffIds: [digest],
    env: { B: '2', A: '1' },
    entrypoint: ['python', '-m', 'slipway.serve'],
    workingDir: '/app',
  };

  it('should give the same bytes for the same input in another order', () => {
    const config = buildConfig(input);
    const again = buildConfig({
      workingDir: '/app',
      env: { A: '1', B: '2' },
      entrypoint: input.entrypoint,
      diffIds: input.diffIds,
      platform: { os: 'linux', architecture: 'amd64' },
    });
    expect(again.descriptor).toEqual(config.descriptor);
    expect(config.bytes.toString()).toBe(
      `{"architecture":"amd64","config":{"Entrypoint":["python","-m","slipway.serve"],"Env":["A=1","B=2"],"WorkingDir":"/app"},"created":"1970-01-01T00:00:00Z","os":"linux","rootfs":{"diff_ids":["${digest}"],"type":"layers"}}`,
    );
    expect(config.descriptor).toEqual({
      mediaType: mediaTypes.config,
      digest: digestOf(config.bytes),
      size: config.bytes.length,
    });
    expect(parseConfig(config.bytes).rootfs.diff_ids).toEqual([digest]);
  });

  it.each([
    '',
    '[]',
    'null',
    '{}',
    '{"architecture":"a","os":"b","rootfs":{"type":"layers","diff_ids":["x"]}}',
    '{"rootfs":{"type":"layers","diff_ids":[]}}',
  ])('should not read %j', (text) => {
    expect(() => parseConfig(Buffer.from(text))).toThrow(/image config/);
  });
});

describe(buildManifest.name, () => {
  it('should name its config and layers, and be read back', () => {
    const manifest = buildManifest({
      config: emptyConfig.descriptor,
      layers: [layer],
      artifactType: 'application/vnd.slipway.model.v1',
      annotations: { b: '2', a: '1' },
    });
    expect(manifest.bytes.toString()).toContain('"annotations":{"a":"1","b":"2"}');
    expect(parseManifest(manifest.bytes)).toEqual(manifest.value);
    expect(emptyConfig.descriptor.digest).toBe('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });

  it.each([
    [{ schemaVersion: 1 }, /schemaVersion 2/],
    [{ schemaVersion: 2, mediaType: mediaTypes.index }, /media type/],
    [{ schemaVersion: 2, layers: [] }, /config has no mediaType/],
    [{ schemaVersion: 2, config: layer }, /no list of layers/],
    [{ schemaVersion: 2, config: layer, layers: [{ ...layer, digest: 'sha256:x' }] }, /layers\[0\] has no sha256 digest/],
    [{ schemaVersion: 2, config: { ...layer, size: -1 }, layers: [] }, /config has no size/],
    [{ schemaVersion: 2, config: layer, layers: [], subject: {} }, /subject has no mediaType/],
  ])('should not read %j', (value, why) => {
    expect(() => parseManifest(Buffer.from(JSON.stringify(value)))).toThrow(why);
  });
});
