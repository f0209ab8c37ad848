import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { CaptureCounters } from '#slipway/contracts';

/** bigint columns arrive as text; every figure here stays below 2^53. */
const asNumber = { to: (value: number | undefined) => value, from: (value: string) => Number(value) };
const bigint = (name: string) => ({ type: 'bigint' as const, name, transformer: asNumber });

/** Where reading goes on; locked while a batch is written. */
@Entity('capture_checkpoint')
export class CaptureCheckpointRow {
  @PrimaryColumn({ type: 'text' })
  partition: string;
  @Column({ type: 'text' })
  identity: string;
  @Column(bigint('next_offset'))
  nextOffset: number;
}

/** Sums of one (router, epoch, service, revision). */
@Entity('capture_stream')
@Index('capture_stream_service', ['serviceId'])
export class CaptureStreamRow {
  @PrimaryColumn({ type: 'text', name: 'router_id' })
  routerId: string;
  @PrimaryColumn({ type: 'text' })
  epoch: string;
  @PrimaryColumn({ type: 'uuid', name: 'service_id' })
  serviceId: string;
  @PrimaryColumn({ type: 'uuid', name: 'revision_id' })
  revisionId: string;
  @Column({ type: 'text' })
  account: string;
  @Column({ type: 'text' })
  environment: string;
  @Column({ type: 'text', name: 'service_name' })
  serviceName: string;
  @Column({ type: 'integer' })
  revision: number;
  @Column(bigint('last_seq'))
  lastSeq: number;
  @Column(bigint('counted_seq'))
  countedSeq: number;
  @Column(bigint('reserved_seq'))
  reservedSeq: number;
  @Column({ type: 'boolean' })
  closed: boolean;
  @Column({ type: 'jsonb' })
  counters: CaptureCounters;
  @Column(bigint('uncounted'))
  uncounted: number;
  @Column(bigint('stored'))
  stored: number;
  @Column(bigint('duplicates'))
  duplicates: number;
  @Column(bigint('unknown'))
  unknown: number;
  @Column({ type: 'text', name: 'last_record_at', nullable: true })
  lastRecordAt: string | null;
}

/** What came from one start of a replica's data collectors. */
@Entity('collected_stream')
@Index('collected_stream_service', ['serviceId'])
export class CollectedStreamRow {
  @PrimaryColumn({ type: 'uuid' })
  replica: string;
  @PrimaryColumn({ type: 'text' })
  epoch: string;
  @Column({ type: 'uuid', name: 'service_id' })
  serviceId: string;
  @Column(bigint('last_seq'))
  lastSeq: number;
  @Column(bigint('stored'))
  stored: number;
}

/** The file that a folder's records go to now: one part and one CSV file a folder. */
@Entity('open_file')
@Index('open_file_updated_at', ['updatedAt'])
export class OpenFileRow {
  @PrimaryColumn({ type: 'text' })
  folder: string;
  @PrimaryColumn({ type: 'text' })
  kind: 'part' | 'csv';
  @Column({ type: 'text' })
  path: string;
  /** Committed length: what lies beyond it in the file does not count. */
  @Column(bigint('bytes'))
  bytes: number;
  @Column(bigint('rows'))
  rows: number;
  @Column({ type: 'jsonb' })
  columns: string[];
  /** Number of this file among the folder's files of its kind. */
  @Column({ type: 'integer' })
  number: number;
  @Column({ type: 'uuid', name: 'service_id' })
  serviceId: string;
  @Column({ type: 'text' })
  account: string;
  @Column({ type: 'text' })
  identifier: string;
  @Column({ type: 'timestamptz', precision: 3, name: 'updated_at', default: () => 'now()' })
  updatedAt: Date;
}

/** A stretch of the log that was gone before it was read: never a silent jump. */
@Entity('capture_gap')
export class CaptureGapRow {
  @PrimaryColumn({ type: 'text' })
  partition: string;
  @PrimaryColumn(bigint('from_offset'))
  fromOffset: number;
  @Column(bigint('to_offset'))
  toOffset: number;
  @Column({ type: 'text' })
  reason: string;
  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
