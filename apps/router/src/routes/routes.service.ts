import type { RouteRecord } from '#slipway/contracts';
import type { Log } from '#slipway/platform';
import type { RouteFile } from './route-file.js';
import type { RouteTable } from './route-table.js';

/** Where routes come from. */
export type RouteOrigin = 'file' | 'bucket' | 'snapshot';

/** Brings the records of every source into the table and keeps the last state on disk. */
export class RoutesService {
  private origin: RouteOrigin | undefined;
  private writing: Promise<void> | undefined;
  private unsaved = false;

  constructor(
    private readonly table: RouteTable,
    private readonly file: RouteFile,
    private readonly log: Log,
    /** Only this one's services are served; undefined: all. */
    private readonly environment: string | undefined,
  ) {}

  /** The router may serve: it knows routes, or was told that there are none. */
  get ready(): boolean {
    return this.origin !== undefined;
  }

  loadFile(): void {
    try {
      const records = this.file.read();
      if (records) this.applyAll(records, 'file');
    } catch (error) {
      this.log.error('the stored routes cannot be read; waiting for the deployer', { file: this.file.path }, error);
    }
  }

  /** Also an empty list makes the router ready: it is an answer of somebody who knows. */
  applyAll(records: readonly RouteRecord[], origin: RouteOrigin): void {
    for (const record of records) this.apply(record, origin);
    this.origin = origin;
  }

  apply(record: RouteRecord, origin: RouteOrigin): void {
    if (this.environment !== undefined && record.environment !== this.environment) return;
    if (!this.table.apply(record)) return;
    this.origin = origin;
    this.log.info(record.deleted ? 'a service is gone' : 'a route changed', {
      service: record.serviceId,
      name: record.name,
      environment: record.environment,
      version: record.version,
      count: record.revisions.reduce((sum, revision) => sum + revision.endpoints.length, 0),
      state: origin,
    });
    if (origin !== 'file') this.save();
  }

  /** Resolves when what was applied so far is on disk, or could not be written. */
  async saved(): Promise<void> {
    await this.writing;
  }

  /** One write at a time; changes that come meanwhile go with the next one. */
  private save(): void {
    this.unsaved = true;
    this.writing ??= this.writeAll().finally(() => (this.writing = undefined));
  }

  private async writeAll(): Promise<void> {
    while (this.unsaved) {
      this.unsaved = false;
      try {
        await this.file.write(this.table.records());
      } catch (error) {
        this.log.error('the routes could not be stored; a restart would begin with older ones', { file: this.file.path }, error);
      }
    }
  }
}
