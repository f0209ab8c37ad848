import { existsSync, readFileSync } from 'node:fs';
import type { ImagePin } from '#slipway/contracts';
import { type Digest, DistributionClient, DistributionError, dsseMediaType, openEnvelope, parseManifest } from '#slipway/oci';
import { DomainError } from '#slipway/platform';

const statementMediaType = 'application/vnd.in-toto+json';
const maxStatementBytes = 2 ** 20;
/** Digests whose proof was seen; they are forgotten when so many more came. */
const keptDigests = 10_000;

/** Whether an image was made by this installation's builder: a signed statement about its digest is kept beside it. */
export class ImageProof {
  private readonly seen = new Set<string>();

  /** @param publicKeyFile of the builder; undefined when images are not signed here */
  constructor(
    private readonly registry: DistributionClient,
    private readonly publicKeyFile: string | undefined,
  ) {}

  /** @throws DomainError `provenance_invalid`, `service_unavailable` */
  async require(image: Pick<ImagePin, 'name' | 'version' | 'digest' | 'repository'>): Promise<void> {
    if (this.publicKeyFile === undefined || this.seen.has(image.digest)) return;
    if (!existsSync(this.publicKeyFile))
      throw new DomainError('internal', `the builder's public key ${this.publicKeyFile} is missing; restore it from a backup`);
    if (!(await this.isProven(image, readFileSync(this.publicKeyFile, 'utf8'))))
      throw new DomainError(
        'provenance_invalid',
        `image ${image.name}:${image.version} (${image.digest}) has no statement that this installation's builder signed; create the image again from its manifest and use the new one`,
      );
    if (this.seen.size >= keptDigests) this.seen.clear();
    this.seen.add(image.digest);
  }

  private async isProven({ repository, digest }: Pick<ImagePin, 'digest' | 'repository'>, key: string): Promise<boolean> {
    try {
      for (const referrer of await this.registry.referrers(repository, digest as Digest, statementMediaType)) {
        const { layers } = parseManifest((await this.registry.getManifest(repository, referrer.digest)).bytes);
        for (const layer of layers.filter(({ mediaType, size }) => mediaType === dsseMediaType && size <= maxStatementBytes)) {
          const { stream } = await this.registry.getBlob(repository, layer.digest);
          const text = Buffer.concat(await stream.toArray()).toString();
          if (names(openEnvelope(text, statementMediaType, [key]), digest)) return true;
        }
      }
      return false;
    } catch (error) {
      if (!(error instanceof DistributionError)) throw error;
      throw new DomainError('service_unavailable', `the image's statement could not be read: ${error.message}; try again`, [], {
        cause: error,
      });
    }
  }
}

function names(statement: Buffer | undefined, digest: string): boolean {
  if (!statement) return false;
  const { subject } = JSON.parse(statement.toString()) as { subject?: { digest?: { sha256?: string } }[] };
  return subject?.some((each) => `sha256:${each.digest?.sha256}` === digest) ?? false;
}
