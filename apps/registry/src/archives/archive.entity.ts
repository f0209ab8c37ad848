import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { Digest } from '#slipway/oci';
import { createdAt } from '../columns.js';
import type { ArchiveFacts } from './archive-facts.js';

/** What reading a blob as a canonical tar gave: facts, or why it is none. Follows from the digest alone, so it never changes. */
@Entity('archive')
@Check('archive_facts_or_problem', '("facts" IS NULL) <> ("problem" IS NULL)')
export class ArchiveRow {
  @PrimaryColumn({ type: 'text' })
  digest: Digest;
  @Column({ type: 'jsonb', nullable: true })
  facts: ArchiveFacts | null;
  @Column({ type: 'text', nullable: true })
  problem: string | null;
  @Column(createdAt)
  createdAt: Date;
}
