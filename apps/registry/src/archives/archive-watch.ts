import { finished } from 'node:stream/promises';
import { ArchiveError, type CanonicalTarChecker, checkCanonicalTar } from '#slipway/oci';
import { type ArchiveFacts, archivePrefix, RootFinder, toFacts } from './archive-facts.js';

/** Judges an archive chunk by chunk; keeps no content. */
export class ArchiveWatch {
  /** Bytes seen. */
  size = 0;
  /** The first thing that is wrong with the archive. */
  problem: string | undefined;
  private readonly root = new RootFinder();
  private readonly checker: CanonicalTarChecker;
  private readonly ended: Promise<void>;
  private defect: unknown;

  constructor() {
    this.checker = checkCanonicalTar({ prefix: archivePrefix, onEntry: (entry) => this.root.add(entry) });
    this.checker.resume();
    this.ended = finished(this.checker).catch((error: unknown) => this.fail(error));
  }

  feed(chunk: Buffer): void {
    this.size += chunk.length;
    if (this.problem === undefined && !this.checker.destroyed) this.checker.write(chunk);
  }

  /** What the archive is; undefined when it is none, then `problem` says why. */
  async finish(): Promise<ArchiveFacts | undefined> {
    if (!this.checker.destroyed) this.checker.end();
    await this.ended;
    if (this.defect !== undefined) throw this.defect as Error;
    if (this.problem !== undefined) return undefined;
    const facts = toFacts(this.checker.summary, this.root);
    if (facts.path !== '' || facts.files === 0) return facts;
    this.problem = `the archive holds more than one file or folder below ${archivePrefix}/; it should hold one`;
    return undefined;
  }

  private fail(error: unknown): void {
    if (error instanceof ArchiveError) this.problem = error.message;
    else this.defect = error;
  }
}
