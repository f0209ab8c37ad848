import { Injectable } from '@nestjs/common';
import { type Descriptor, type Digest, type ImageIndex, mediaTypes } from '#slipway/oci';
import { Database, type Transaction } from '#slipway/platform';
import { BlobsRepository } from '../blobs/blobs.repository.js';
import { type ManifestDocument, type OciDescriptor, parseManifestDocument } from './oci-manifest.document.js';
import type { OciManifestRow } from './oci-manifest.entity.js';
import { OciManifestsRepository } from './oci-manifests.repository.js';
import { OciRefusal } from './oci-refusal.js';
import { hasFixedTags } from './repository-name.js';

export type Reference = { digest: Digest } | { tag: string };

const defaultTagCount = 1_000;

@Injectable()
export class OciManifestsService {
  constructor(
    private readonly manifests: OciManifestsRepository,
    private readonly blobs: BlobsRepository,
    private readonly database: Database,
  ) {}

  async get(repository: string, reference: Reference): Promise<OciManifestRow> {
    const found =
      'tag' in reference
        ? await this.manifests.byTag(repository, reference.tag)
        : await this.manifests.byDigest(repository, reference.digest);
    if (!found)
      throw new OciRefusal(
        'MANIFEST_UNKNOWN',
        `${repository} has no manifest ${'tag' in reference ? reference.tag : reference.digest}`,
      );
    return found;
  }

  async put(repository: string, reference: Reference, bytes: Buffer, contentType: string | undefined): Promise<ManifestDocument> {
    const document = parseManifestDocument(bytes, contentType);
    if ('digest' in reference && reference.digest !== document.digest)
      throw new OciRefusal('DIGEST_INVALID', `the manifest has the digest ${document.digest}, not ${reference.digest}`);
    await this.requireParts(repository, document);
    await this.database.transaction((tx) =>
      this.store(tx, repository, 'tag' in reference ? reference.tag : undefined, document, bytes),
    );
    return document;
  }

  /** Writes a manifest whose parts are known to be in the repository. */
  async store(
    tx: Transaction,
    repository: string,
    tag: string | undefined,
    document: ManifestDocument,
    bytes: Buffer,
  ): Promise<void> {
    const { digest, mediaType, artifactType, subject, annotations } = document;
    await this.manifests.add(tx, {
      repository,
      digest,
      mediaType,
      artifactType,
      subject,
      annotations,
      bytes,
      size: bytes.length,
    });
    if (tag === undefined) return;
    const holder = await this.manifests.addTag(tx, repository, tag, digest);
    if (holder === digest) return;
    if (!hasFixedTags(repository)) await this.manifests.moveTag(tx, repository, tag, digest);
    else
      throw new OciRefusal('TAG_IMMUTABLE', `the tag ${tag} of ${repository} is ${holder} and stays so; push under another tag`);
  }

  async tags(repository: string, count: string | undefined, last = ''): Promise<{ tags: string[]; next?: string }> {
    if (count !== undefined && !/^\d{1,6}$/.test(count))
      throw new OciRefusal('UNSUPPORTED', `n=${count.slice(0, 20)} is not a number of tags`);
    const wanted = Math.min(Number(count ?? defaultTagCount), defaultTagCount);
    const found = await this.manifests.tagsAfter(repository, last, wanted + 1);
    if (found.length === 0 && !(await this.manifests.exists(repository)))
      throw new OciRefusal('NAME_UNKNOWN', `there is no repository ${repository}`);
    const tags = found.slice(0, wanted);
    const more = found.length > wanted && wanted > 0;
    return more ? { tags, next: new URLSearchParams({ n: String(wanted), last: tags.at(-1)! }).toString() } : { tags };
  }

  async referrers(repository: string, subject: Digest, artifactType: string | undefined): Promise<ImageIndex> {
    const found = await this.manifests.referrers(repository, subject);
    const manifests = found.filter((row) => artifactType === undefined || row.artifactType === artifactType).map(toDescriptor);
    return { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
  }

  /** A manifest never points into the void: its blobs and manifests are in the same repository, with the sizes that it says. */
  private async requireParts(repository: string, document: ManifestDocument): Promise<void> {
    const parts: [OciDescriptor[], Map<Digest, number>][] = [
      [
        document.blobs,
        await this.blobs.sizesIn(
          repository,
          document.blobs.map((part) => part.digest),
        ),
      ],
      [
        document.manifests,
        await this.manifests.sizesOf(
          repository,
          document.manifests.map((part) => part.digest),
        ),
      ],
    ];
    for (const [wanted, sizes] of parts) {
      for (const { digest, size } of wanted) {
        const actual = sizes.get(digest);
        if (actual === undefined)
          throw new OciRefusal('MANIFEST_BLOB_UNKNOWN', `${repository} has no ${digest}; push it first`, { digest });
        if (actual !== size)
          throw new OciRefusal('MANIFEST_INVALID', `${digest} has ${actual} bytes, not ${size} as the manifest says`);
      }
    }
  }
}

function toDescriptor(row: OciManifestRow): Descriptor {
  return {
    mediaType: row.mediaType,
    digest: row.digest,
    size: row.size,
    ...(row.artifactType ? { artifactType: row.artifactType } : {}),
    ...(row.annotations ? { annotations: row.annotations } : {}),
  };
}
