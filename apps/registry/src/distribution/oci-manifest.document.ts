import { z } from 'zod';
import { type Digest, digestOf, isDigest, mediaTypes } from '#slipway/oci';
import { OciRefusal } from './oci-refusal.js';

export const maxManifestBytes = 4 * 2 ** 20;

const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
const dockerIndex = 'application/vnd.docker.distribution.manifest.list.v2+json';

const Sha256 = z.custom<Digest>(isDigest, 'a digest is sha256: and 64 lower-case hexadecimal digits');
const MediaType = z.string().min(1).max(255);
const Annotations = z.record(z.string(), z.string());
const Descriptor = z.object({
  mediaType: MediaType,
  digest: Sha256,
  size: z.int().nonnegative(),
  artifactType: MediaType.optional(),
});
export type OciDescriptor = z.output<typeof Descriptor>;

const common = {
  schemaVersion: z.literal(2),
  mediaType: MediaType.optional(),
  artifactType: MediaType.optional(),
  subject: Descriptor.optional(),
  annotations: Annotations.optional(),
};
const ImageManifest = z.object({ ...common, config: Descriptor, layers: z.array(Descriptor) });
const ImageIndex = z.object({ ...common, manifests: z.array(Descriptor) });

// Layers whose licence lets nobody but their maker hand them out; they need not be in the repository.
const elsewhere = /^application\/vnd\.(?:oci\.image\.layer\.nondistributable\.v1|docker\.image\.rootfs\.foreign\.diff)\./;

/** What the registry keeps of a pushed manifest, besides its bytes. */
export interface ManifestDocument {
  digest: Digest;
  mediaType: string;
  artifactType: string | null;
  subject: Digest | null;
  annotations: Record<string, string> | null;
  /** Blobs that must be in the repository, */
  blobs: OciDescriptor[];
  /** and manifests. */
  manifests: OciDescriptor[];
}

/** @throws OciRefusal `MANIFEST_INVALID` that says what is wrong with the document. */
export function parseManifestDocument(bytes: Buffer, contentType: string | undefined): ManifestDocument {
  const json = parseJson(bytes);
  const stated = contentType?.split(';')[0]?.trim();
  const mediaType = stated ?? (json as { mediaType?: string } | null)?.mediaType ?? '';
  const base = { digest: digestOf(bytes), mediaType };
  if (mediaType === mediaTypes.manifest || mediaType === dockerManifest) {
    const manifest = check(ImageManifest, json, mediaType);
    const artifactType = manifest.artifactType ?? manifest.config.mediaType;
    return {
      ...base,
      ...partsOf(manifest),
      artifactType,
      blobs: [manifest.config, ...manifest.layers.filter((layer) => !elsewhere.test(layer.mediaType))],
      manifests: [],
    };
  }
  if (mediaType === mediaTypes.index || mediaType === dockerIndex) {
    const index = check(ImageIndex, json, mediaType);
    return { ...base, ...partsOf(index), artifactType: index.artifactType ?? null, blobs: [], manifests: index.manifests };
  }
  const known = [mediaTypes.manifest, mediaTypes.index, dockerManifest, dockerIndex].join(', ');
  throw new OciRefusal('MANIFEST_INVALID', `the media type '${mediaType.slice(0, 100)}' is not one of ${known}`);
}

function partsOf(document: z.output<typeof ImageIndex> | z.output<typeof ImageManifest>) {
  return { subject: document.subject?.digest ?? null, annotations: document.annotations ?? null };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new OciRefusal('MANIFEST_INVALID', 'the manifest is not JSON');
  }
}

function check<T extends typeof ImageManifest | typeof ImageIndex>(form: T, json: unknown, mediaType: string): z.output<T> {
  const parsed = form.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new OciRefusal(
      'MANIFEST_INVALID',
      `the manifest is not valid: ${issue?.path.join('.') || 'document'}: ${issue?.message}`,
    );
  }
  const inside = parsed.data.mediaType;
  if (inside !== undefined && inside !== mediaType)
    throw new OciRefusal('MANIFEST_INVALID', `the manifest calls itself '${inside}', but was sent as '${mediaType}'`);
  return parsed.data as z.output<T>;
}
