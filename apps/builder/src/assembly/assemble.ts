import type { Manifest } from '#slipway/contracts';
import { buildConfig, buildManifest, type Platform } from '#slipway/oci';
import type { BaseImage, BuildResult, Layer } from './build-result.js';

/** Names of annotations and labels; compute targets read the first three. */
export const annotations = {
  python: 'io.slipway.python',
  /** Of a layer: what it holds. */
  layer: 'io.slipway.layer',
  /** `none` when only a machine with a Python of its own can start the image. */
  base: 'io.slipway.base',
  lock: 'io.slipway.lock',
} as const;

export const dependenciesFolder = 'opt/slipway/deps';
export const runtimeFolderInImage = 'opt/slipway/runtime';

const platforms: Readonly<Record<Manifest['platform'], Platform>> = {
  'linux/amd64': { architecture: 'amd64', os: 'linux' },
  'linux/arm64': { architecture: 'arm64', os: 'linux' },
};

/** The OCI config and manifest of an image. Pure, and free of ids and times: equal content gives an equal digest. */
export function assemble(
  manifest: Pick<Manifest, 'entry' | 'schemaPath' | 'python' | 'platform'>,
  layers: readonly Layer[],
  lockDigest: string,
  base: Pick<BaseImage, 'name' | 'env'>,
): Pick<BuildResult, 'digest' | 'manifest' | 'config'> {
  const config = buildConfig({
    platform: platforms[manifest.platform],
    diffIds: layers.map((layer) => layer.diffId),
    env: {
      ...base.env,
      AML_APP_ROOT: '/app',
      AZUREML_MODEL_DIR: '/app',
      PYTHONPATH: `/${dependenciesFolder}:/${runtimeFolderInImage}`,
      SLIPWAY_ENTRY: manifest.entry,
      SLIPWAY_LISTEN: '0.0.0.0:5001',
      SLIPWAY_SCHEMA: manifest.schemaPath ?? '',
    },
    entrypoint: ['python3', '-m', 'slipway.serve'],
    workingDir: '/app',
    user: '65532:65532',
    exposedPorts: ['5001/tcp'],
    labels: { [annotations.python]: manifest.python, [annotations.lock]: lockDigest, [annotations.base]: base.name },
    history: layers.map((layer) => `slipway: ${layer.kind}`),
  });
  const document = buildManifest({
    config: config.descriptor,
    layers: layers.map(({ kind, mediaType, digest, size }) => ({
      mediaType,
      digest,
      size,
      annotations: { [annotations.layer]: kind },
    })),
    annotations: { [annotations.python]: manifest.python, [annotations.base]: base.name },
  });
  return { digest: document.descriptor.digest, manifest: document.bytes.toString(), config: config.bytes.toString() };
}
