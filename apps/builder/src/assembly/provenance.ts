import type { Manifest } from '#slipway/contracts';
import { canonicalJson, digestHex, type Digest } from '#slipway/oci';
import type { BaseImage, Layer } from './build-result.js';

export const statementMediaType = 'application/vnd.in-toto+json';

type Source = Pick<Manifest, 'id' | 'name' | 'version' | 'entry' | 'python' | 'platform' | 'assets' | 'models'>;

/**
 * What the image was made from: an in-toto statement v1 with a SLSA provenance v1 predicate, without times and machines, so that
 * one build has one statement.
 */
export function buildStatement(
  manifest: Source,
  image: Digest,
  parts: { lockDigest: string; base: Pick<BaseImage, 'name' | 'packages'>; layers: readonly Layer[] },
): string {
  const material = (name: string, digest: string) => ({ name, digest: { sha256: digest.replace('sha256:', '') } });
  const { id, name, version, entry, python, platform } = manifest;
  return canonicalJson({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: `${name}:${version}`, digest: { sha256: digestHex(image) } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://slipway.io/image/v1',
        externalParameters: { manifest: { id, name, version, entry, python, platform } },
        internalParameters: { base: parts.base.name, lock: parts.lockDigest },
        resolvedDependencies: [
          ...manifest.assets.map((asset) => material(`asset:${asset.path}`, asset.digest)),
          ...manifest.models.map((model) => material(`model:${model.name}:${model.version}`, model.digest)),
          ...parts.base.packages.map((each) => material(`deb:${each.name}=${each.version}`, each.sha256)),
        ],
      },
      runDetails: {
        builder: { id: 'https://slipway.io/builder/v1' },
        byproducts: parts.layers.map((layer) => material(`layer:${layer.kind}`, layer.digest)),
      },
    },
  });
}
