import { describe, expect, it } from 'vitest';
import { digestOf } from '#slipway/oci';
import { assemble } from './assemble.js';
import type { Layer } from './build-result.js';
import { buildSbom, packagesOf } from './sbom.js';

const manifest = { entry: 'src/score.py', schemaPath: null, python: '3.11', platform: 'linux/amd64' } as const;
const layer = (kind: Layer['kind'], text = kind as string, repository = 'acme/iris'): Layer => ({
  kind,
  mediaType: 'application/vnd.oci.image.layer.v1.tar',
  digest: digestOf(text),
  diffId: digestOf(text),
  size: text.length,
  repository,
});
const layers = [layer('dependencies'), layer('runtime'), layer('code'), layer('model')];
const lock = digestOf('lock');
const base = { name: 'none', env: {} };

describe(assemble.name, () => {
  it('should give one digest for one content, wherever its layers lie', () => {
    const moved = layers.map((each) => ({ ...each, repository: 'other/place' }));
    expect(assemble(manifest, moved, lock, base)).toEqual(assemble(manifest, layers, lock, base));
    expect(assemble(manifest, layers, lock, base).digest).toBe(
      'sha256:c205f6d46cebbf8e5952550e35bd486fc10b6886495e61457f6c389ba248c74e',
    );
  });

  it.each([
    ['a model', () => assemble(manifest, [...layers.slice(0, 3), layer('model', 'other')], lock, base)],
    ['the entry', () => assemble({ ...manifest, entry: 'score.py' }, layers, lock, base)],
    ['the schema', () => assemble({ ...manifest, schemaPath: 'schema.json' }, layers, lock, base)],
    ['Python', () => assemble({ ...manifest, python: '3.12' }, layers, lock, base)],
    ['the platform', () => assemble({ ...manifest, platform: 'linux/arm64' }, layers, lock, base)],
    ['the lock', () => assemble(manifest, layers, digestOf('other lock'), base)],
  ])('should give another digest when %s differs', (_what, other) => {
    expect(other().digest).not.toBe(assemble(manifest, layers, lock, base).digest);
  });

  it("should follow the image's contract", () => {
    const { config, manifest: document } = assemble({ ...manifest, schemaPath: 'src/schema.json' }, layers, lock, base);
    expect(JSON.parse(config)).toMatchObject({
      architecture: 'amd64',
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: {
        Entrypoint: ['python3', '-m', 'slipway.serve'],
        WorkingDir: '/app',
        ExposedPorts: { '5001/tcp': {} },
        Env: [
          'AML_APP_ROOT=/app',
          'AZUREML_MODEL_DIR=/app',
          'PYTHONPATH=/opt/slipway/deps:/opt/slipway/runtime',
          'SLIPWAY_ENTRY=src/score.py',
          'SLIPWAY_LISTEN=0.0.0.0:5001',
          'SLIPWAY_SCHEMA=src/schema.json',
        ],
      },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    });
    expect(JSON.parse(document)).toMatchObject({
      annotations: { 'io.slipway.python': '3.11' },
      layers: layers.map(({ kind, digest }) => ({ digest, annotations: { 'io.slipway.layer': kind } })),
    });
  });
});

describe(buildSbom.name, () => {
  const text = `numpy==2.4.6 \\\n    --hash=sha256:${'a'.repeat(64)}\nsix==1.17.0 ; sys_platform == 'linux' \\\n    --hash=sha256:${'b'.repeat(64)}\n`;

  it('should list each locked package once, the same every time', () => {
    expect(packagesOf(text)).toEqual([
      { name: 'numpy', version: '2.4.6' },
      { name: 'six', version: '1.17.0' },
    ]);
    expect(JSON.parse(buildSbom(text))).toMatchObject({
      bomFormat: 'CycloneDX',
      components: [{ purl: 'pkg:pypi/numpy@2.4.6' }, { purl: 'pkg:pypi/six@1.17.0' }],
    });
    expect(buildSbom(text)).toBe(buildSbom(text));
  });
});
