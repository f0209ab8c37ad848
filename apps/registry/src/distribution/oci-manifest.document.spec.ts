import { describe, expect, it } from 'vitest';
import { digestOf, mediaTypes } from '#slipway/oci';
import { parseManifestDocument } from './oci-manifest.document.js';

const part = (mediaType: string) => ({ mediaType, digest: digestOf(mediaType), size: 3 });
const image = {
  schemaVersion: 2,
  mediaType: mediaTypes.manifest,
  config: part(mediaTypes.config),
  layers: [part(mediaTypes.layer)],
};
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const invalid: unknown = expect.objectContaining({ code: 'MANIFEST_INVALID' });

describe(parseManifestDocument.name, () => {
  it('should name the blobs that a manifest needs', () => {
    const document = parseManifestDocument(bytes(image), mediaTypes.manifest);
    expect(document.digest).toBe(digestOf(bytes(image)));
    expect(document.blobs.map((blob) => blob.digest)).toEqual([image.config.digest, image.layers[0]!.digest]);
    expect(document).toMatchObject({ artifactType: mediaTypes.config, subject: null, manifests: [] });
  });

  it('should not ask for layers that nobody may hand out', () => {
    const foreign = part('application/vnd.oci.image.layer.nondistributable.v1.tar+gzip');
    const document = parseManifestDocument(bytes({ ...image, layers: [foreign] }), mediaTypes.manifest);
    expect(document.blobs).toHaveLength(1);
  });

  it('should take the media type from the document when the request has none', () => {
    expect(parseManifestDocument(bytes(image), undefined).mediaType).toBe(mediaTypes.manifest);
    expect(parseManifestDocument(bytes(image), `${mediaTypes.manifest}; charset=utf-8`).mediaType).toBe(mediaTypes.manifest);
  });

  it('should name the manifests of an index, and its subject', () => {
    const subject = part(mediaTypes.manifest);
    const index = { schemaVersion: 2, manifests: [part(mediaTypes.manifest)], subject, annotations: { a: 'b' } };
    expect(parseManifestDocument(bytes(index), mediaTypes.index)).toMatchObject({
      manifests: [{ digest: subject.digest }],
      subject: subject.digest,
      annotations: { a: 'b' },
    });
  });

  it.each([
    ['not JSON', Buffer.from('{'), mediaTypes.manifest],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), mediaTypes.manifest],
    ['no object', bytes([1]), mediaTypes.manifest],
    ['another schema', bytes({ ...image, schemaVersion: 1 }), mediaTypes.manifest],
    ['no digest', bytes({ ...image, config: { ...image.config, digest: 'sha256:1' } }), mediaTypes.manifest],
    ['a negative size', bytes({ ...image, config: { ...image.config, size: -1 } }), mediaTypes.manifest],
    ['another type inside', bytes(image), mediaTypes.index],
    ['an unknown type', bytes(image), 'application/json'],
  ])('should refuse a document with %s', (_what, document, type) => {
    expect(() => parseManifestDocument(document, type)).toThrow(invalid);
  });
});
