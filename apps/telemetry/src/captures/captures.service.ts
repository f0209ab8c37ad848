import { Inject, Injectable } from '@nestjs/common';
import { CaptureLossObserved, CaptureSealed, type CaptureLogRecord } from '#slipway/contracts';
import { type Cause, Database, failpoint, Log, Outbox, type Transaction, uuidv7 } from '#slipway/platform';
import { AccountingService } from '../accounting/accounting.service.js';
import { USER_STORAGE, type UserStorage } from '../storage/storage.port.js';
import { CAPTURE_LOG, type CaptureLogSource, type LogEntry } from './capture-log.port.js';
import { CapturesRepository, type Checkpoint, type OpenFile } from './captures.repository.js';
import { FileWriter } from './file-writer.js';
import { type FolderLines, type IngestPlan, planIngest, readRecords } from './ingest-plan.js';

const batchEntries = 500;
const batchBytes = 8 * 2 ** 20;
/** A part that nothing was added to for this long is finished. */
const idlePartMs = 3_600_000;

/** Moves the capture log into the users' files, each record once, and keeps the sums. */
@Injectable()
export class CapturesService {
  private readonly log: Log;

  constructor(
    private readonly database: Database,
    private readonly captures: CapturesRepository,
    private readonly accounting: AccountingService,
    private readonly outbox: Outbox,
    private readonly writer: FileWriter,
    @Inject(CAPTURE_LOG) private readonly source: CaptureLogSource,
    @Inject(USER_STORAGE) private readonly storage: UserStorage,
    log: Log,
  ) {
    this.log = log.for('captures');
  }

  /** Takes the next batch; returns how many records it held. */
  async takeBatch(): Promise<number> {
    const checkpoint = await this.position();
    const entries = await this.source.read(checkpoint.nextOffset, batchEntries, batchBytes);
    if (entries.length === 0) return 0;
    const plan = await this.database.transaction((tx) => this.ingest(tx, checkpoint, entries));
    if (!plan) return 0;
    for (const problem of plan.unreadable)
      this.log.error('a record of the capture log cannot be read', { seq: problem.offset, reason: problem.reason });
    await this.accounting.publish(plan.streams.values());
    return entries.length;
  }

  /** Lets the log drop what is written; a repeat does no harm. */
  async release(): Promise<void> {
    const checkpoint = await this.captures.checkpoint(this.source.partition);
    if (checkpoint) await this.source.release(checkpoint.nextOffset);
  }

  /** Finishes parts that nothing was added to for an hour. */
  async sealIdleParts(now: number): Promise<void> {
    await this.database.transaction(async (tx) => {
      for (const part of await this.captures.idleParts(tx, new Date(now - idlePartMs))) {
        await this.seal(tx, part);
        await this.captures.forget(tx, part);
      }
    });
  }

  /** Where to read on; notes a stretch that the log no longer has. */
  private async position(): Promise<Checkpoint> {
    const { partition } = this.source;
    const extent = await this.source.extent();
    const known = await this.captures.checkpoint(partition);
    const sameLog = known?.identity === extent.identity;
    const first = Math.max(1, extent.firstOffset);
    if (known && sameLog && known.nextOffset >= first) return known;
    const next = { partition, identity: extent.identity, nextOffset: first };
    await this.database.transaction(async (tx) => {
      if (known && sameLog) {
        const gap = {
          partition,
          fromOffset: known.nextOffset,
          toOffset: first - 1,
          reason: 'the capture log dropped records before they were read',
        };
        await this.captures.saveGap(tx, gap);
        this.log.error('the capture log has a gap', { seq: gap.fromOffset, count: gap.toOffset - gap.fromOffset + 1 });
      }
      await this.captures.saveCheckpoint(tx, next);
    });
    return next;
  }

  private async ingest(tx: Transaction, expected: Checkpoint, entries: LogEntry[]): Promise<IngestPlan | undefined> {
    const checkpoint = await this.captures.lockCheckpoint(tx, this.source.partition);
    if (!checkpoint || checkpoint.nextOffset !== expected.nextOffset || checkpoint.identity !== expected.identity)
      return undefined;
    const records = readRecords(entries);
    const plan = planIngest(
      entries,
      await this.captures.streams(tx, distinct(records, 'routerId'), distinct(records, 'epoch')),
      await this.captures.collected(tx, distinct(records, 'replica')),
    );
    const accounts = new Map(records.map((record) => [record.serviceId, record.account]));
    const finished = await this.writer.write(
      tx,
      this.source.partition,
      plan.folders,
      (lines: FolderLines) => accounts.get(lines.serviceId) ?? '',
    );
    await this.captures.saveStreams(tx, [...plan.streams.values()]);
    await this.captures.saveCollected(tx, [...plan.collected.values()]);
    for (const part of finished) await this.seal(tx, part);
    for (const loss of plan.losses) {
      const data = {
        serviceId: loss.serviceId,
        revisionId: loss.revisionId,
        routerId: loss.routerId,
        epoch: loss.epoch,
        atMost: loss.unknown,
        afterSeq: loss.countedSeq,
      };
      await this.outbox.append(tx, CaptureLossObserved, { id: uuidv7(), version: 1 }, data, cause(loss.account));
    }
    await this.captures.saveCheckpoint(tx, { ...checkpoint, nextOffset: entries.at(-1)!.offset + 1 });
    await failpoint('telemetry.before_commit');
    return plan;
  }

  private async seal(tx: Transaction, part: OpenFile): Promise<void> {
    await this.storage.seal(part.path);
    const data = { serviceId: part.serviceId, identifier: part.identifier, path: part.path, rows: part.rows };
    await this.outbox.append(tx, CaptureSealed, { id: uuidv7(), version: 1 }, data, cause(part.account));
  }
}

const cause = (account: string): Cause => ({ account, actor: 'service:telemetry', correlationId: uuidv7() });

function distinct(records: CaptureLogRecord[], field: 'routerId' | 'epoch' | 'replica'): string[] {
  return [
    ...new Set(records.map((record) => (record as Record<string, unknown>)[field]).filter((value) => typeof value === 'string')),
  ];
}
