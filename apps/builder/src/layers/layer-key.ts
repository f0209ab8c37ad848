import type { Manifest } from '#slipway/contracts';
import { canonicalJson, digestOf, type Digest } from '#slipway/oci';

type Inputs = Pick<Manifest, 'python' | 'platform'>;

/** Raised when the same inputs would be packed in another way. */
const format = 1;

export const dependenciesKey = (lockDigest: string, { python, platform }: Inputs): Digest =>
  digestOf(canonicalJson({ kind: 'dependencies', format, lockDigest, python, platform }));

export const runtimeKey = (sourceDigest: string, { python, platform }: Inputs): Digest =>
  digestOf(canonicalJson({ kind: 'runtime', format, sourceDigest, python, platform }));

/** Of what a build starts from; the manifest is immutable, and its lock is fixed at its first build. */
export const inputDigest = (manifest: Manifest): Digest =>
  digestOf(
    canonicalJson({
      manifest: manifest.id,
      assets: manifest.assets.map(({ digest, path }) => ({ digest, path })),
      models: manifest.models.map(({ digest, path }) => ({ digest, path })),
    }),
  );

/** Manifests with this key may share what the resolver answered. */
export const resolutionKey = (requirements: readonly string[], indexes: string, { python, platform }: Inputs): Digest =>
  digestOf(canonicalJson({ requirements, indexes, python, platform }));
