import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An account: its slug is never changed and never given again. */
@Entity('account')
export class AccountRow {
  @PrimaryColumn({ type: 'text' })
  slug: string;
  @Column({ type: 'uuid' })
  id: string;
  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}

/** An API token; only its hash is kept. */
@Entity('api_token')
export class ApiTokenRow {
  @PrimaryColumn({ type: 'text' })
  id: string;
  @Column({ type: 'text' })
  sha256: string;
  @Column({ type: 'text' })
  account: string;
  @Column({ type: 'text', array: true })
  roles: string[];
  @Column({ type: 'text' })
  description: string;
  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', default: () => 'now()' })
  createdAt: Date;
  /** To within ten minutes. */
  @Column({ type: 'timestamptz', precision: 3, name: 'last_used_at', nullable: true })
  lastUsedAt: Date | null;
  @Column({ type: 'timestamptz', precision: 3, name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
