import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { extract } from 'tar-stream';
import { ArchiveError, checkCanonicalTar, type Digest } from '#slipway/oci';
import { DomainError } from '#slipway/platform';
import { BLOB_STORE, type BlobStore } from '../blobs/blob-store.port.js';
import { type ArchiveFacts, archivePrefix, RootFinder, toFacts } from './archive-facts.js';
import { ArchivesRepository, type KnownArchive } from './archives.repository.js';

/** Reads blobs as canonical tars, once each; nothing is ever unpacked. */
@Injectable()
export class ArchivesService {
  private readonly running = new Map<Digest, Promise<KnownArchive>>();

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

  private readOnce(digest: Digest): Promise<KnownArchive> {
    const running = this.running.get(digest);
    if (running) return running;
    const reading = this.read(digest).finally(() => this.running.delete(digest));
    this.running.set(digest, reading);
    return reading;
  }

  private async read(digest: Digest): Promise<KnownArchive> {
    const root = new RootFinder();
    const checker = checkCanonicalTar({ prefix: archivePrefix, onEntry: (entry) => root.add(entry) });
    const known: KnownArchive = { digest, facts: null, problem: null };
    try {
      await pipeline(await this.store.read(digest), checker, new Writable({ write: (_chunk, _encoding, done) => done() }));
      known.facts = toFacts(checker.summary, root);
      if (known.facts.path === '' && known.facts.files > 0)
        throw new ArchiveError(`the archive holds more than one file or folder below ${archivePrefix}/; it should hold one`);
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      known.facts = null;
      known.problem = error.message;
    }
    await this.archives.remember(known);
    return known;
  }
}
