import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { extract } from 'tar-stream';
import type { Digest } from '#slipway/oci';
import { DomainError } from '#slipway/platform';
import { BLOB_STORE, type BlobStore } from '../blobs/blob-store.port.js';
import { type ArchiveFacts, archivePrefix } from './archive-facts.js';
import { ArchiveWatch } from './archive-watch.js';
import { ArchivesRepository, type KnownArchive } from './archives.repository.js';

/** Uploads that are read while they come in; a watch holds hashes of all paths. */
const mostWatches = 32;

/** Reads blobs as canonical tars, once each; nothing is ever unpacked. */
@Injectable()
export class ArchivesService {
  private readonly running = new Map<Digest, Promise<KnownArchive>>();
  private readonly watches = new Map<string, ArchiveWatch>();

  constructor(
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    private readonly archives: ArchivesRepository,
  ) {}

  /** @throws DomainError `invalid_archive` that names `what` and the entry that breaks a rule. */
  async facts(digest: Digest, what: string): Promise<ArchiveFacts> {
    const { facts, problem } = (await this.archives.find(digest)) ?? (await this.readOnce(digest));
    if (!facts) throw new DomainError('invalid_archive', `${what} is refused: ${problem}`);
    return facts;
  }

  /** Files of an archive that {@link facts} knows, below `app/`, with the digest of their content. */
  async files(digest: Digest): Promise<Map<string, Digest>> {
    const files = new Map<string, Digest>();
    const reader = extract();
    reader.on('entry', (header, content, next) => {
      const hash = createHash('sha256');
      content.on('data', (chunk) => hash.update(chunk as Buffer));
      content.on('end', () => {
        if (header.type === 'file') files.set(header.name.slice(archivePrefix.length + 1), `sha256:${hash.digest('hex')}`);
        next();
      });
    });
    await pipeline(await this.store.read(digest), reader);
    return files;
  }

  /** Reads an upload while it comes in, so that a large archive is not read again; what to call with its bytes from `from` on. */
  watch(upload: string, from: number): ((chunk: Buffer) => void) | undefined {
    if (from === 0) {
      if (this.watches.size >= mostWatches) this.watches.delete(this.watches.keys().next().value!);
      this.watches.set(upload, new ArchiveWatch());
    }
    const watch = this.watches.get(upload);
    return watch?.size === from ? (chunk) => watch.feed(chunk) : undefined;
  }

  /** The upload has become a blob of this digest. Anything but a sound archive is left for {@link facts} to judge. */
  async conclude(upload: string, digest: Digest): Promise<void> {
    const facts = await this.watches.get(upload)?.finish();
    this.watches.delete(upload);
    if (facts) await this.archives.remember({ digest, facts, problem: null });
  }

  private readOnce(digest: Digest): Promise<KnownArchive> {
    const running = this.running.get(digest);
    if (running) return running;
    const reading = this.read(digest).finally(() => this.running.delete(digest));
    this.running.set(digest, reading);
    return reading;
  }

  private async read(digest: Digest): Promise<KnownArchive> {
    const watch = new ArchiveWatch();
    for await (const chunk of await this.store.read(digest)) {
      watch.feed(chunk as Buffer);
      if (watch.problem) break;
    }
    const facts = (await watch.finish()) ?? null;
    const known = { digest, facts, problem: facts ? null : (watch.problem ?? 'it cannot be read') };
    await this.archives.remember(known);
    return known;
  }
}
