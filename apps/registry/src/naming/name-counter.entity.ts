import { Column, Entity, PrimaryColumn } from 'typeorm';

export type CountedKind = 'model' | 'manifest';

/** The last version given under a name; it only rises, so a version is never used twice. */
@Entity('name_counter')
export class NameCounterRow {
  @PrimaryColumn({ type: 'text' })
  account: string;
  @PrimaryColumn({ type: 'text' })
  kind: CountedKind;
  @PrimaryColumn({ type: 'text' })
  name: string;
  @Column({ type: 'integer' })
  last: number;
}
