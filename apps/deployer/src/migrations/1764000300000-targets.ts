import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Environments of other targets than processes: how each was set up, and a replica's identity in its target's own words. */
export class Targets1764000300000 implements MigrationInterface {
  readonly name = 'Targets1764000300000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of down) await runner.query(statement);
  }
}

const up = [
  `ALTER TABLE environment ADD config jsonb NOT NULL DEFAULT '{}', ADD credentials_sealed text`,
  `ALTER TABLE replica ADD identity text`,
  `UPDATE replica SET identity = pid || '/' || start_ticks || '/' || boot_id WHERE boot_id IS NOT NULL`,
  `ALTER TABLE replica DROP pid, DROP start_ticks, DROP boot_id`,
];

const down = [
  `ALTER TABLE replica ADD pid integer, ADD start_ticks bigint, ADD boot_id text`,
  `UPDATE replica SET pid = split_part(identity, '/', 1)::integer, start_ticks = split_part(identity, '/', 2)::bigint,
   boot_id = split_part(identity, '/', 3) WHERE identity LIKE '%/%/%'`,
  `ALTER TABLE replica DROP identity`,
  `ALTER TABLE environment DROP config, DROP credentials_sealed`,
];
