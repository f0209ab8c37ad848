import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A value that services of an account may get, sealed. */
@Entity({ name: 'secret' })
@Index('secret_name', ['account', 'name'], { unique: true })
export class SecretEntity {
  @PrimaryColumn({ type: 'uuid', name: 'id', primaryKeyConstraintName: 'secret_pkey' }) id: string;
  @Column({ type: 'text', name: 'account' }) account: string;
  @Column({ type: 'text', name: 'name' }) name: string;
  @Column({ type: 'text', name: 'sealed' }) sealed: string;
  /** Rises with every value. */
  @Column({ type: 'integer', name: 'row_version' }) rowVersion: number;
  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', default: () => 'now()' }) createdAt: Date;
  @Column({ type: 'timestamptz', precision: 3, name: 'updated_at', default: () => 'now()' }) updatedAt: Date;
}
