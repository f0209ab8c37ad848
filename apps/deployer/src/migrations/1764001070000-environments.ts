import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Environments that people set up, with the queue of that work and its operations. */
export class Environments1764001070000 implements MigrationInterface {
  readonly name = 'Environments1764001070000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of down) await runner.query(statement);
  }
}

const up = [
  `ALTER TABLE environment ADD provisioning_errors jsonb NOT NULL DEFAULT '[]'`,
  `CREATE TABLE environment_queue (
    environment_id uuid NOT NULL CONSTRAINT environment_queue_pkey PRIMARY KEY,
    due_at timestamptz(3),
    lease_until timestamptz(3),
    lease_epoch integer NOT NULL,
    attempts integer NOT NULL
  )`,
  `ALTER TABLE operation ADD environment_id uuid, ALTER service_id DROP NOT NULL`,
  `CREATE INDEX operation_environment ON operation (environment_id)`,
];

const down = [
  `DELETE FROM operation WHERE service_id IS NULL`,
  `DROP INDEX operation_environment`,
  `ALTER TABLE operation DROP environment_id, ALTER service_id SET NOT NULL`,
  `DROP TABLE environment_queue`,
  `ALTER TABLE environment DROP provisioning_errors`,
];
