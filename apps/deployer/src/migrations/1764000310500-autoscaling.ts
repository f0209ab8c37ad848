import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The autoscaler's number of replicas beside the user's, and what it decided. */
export class Autoscaling1764000310500 implements MigrationInterface {
  readonly name = 'Autoscaling1764000310500';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE service ADD scaled_replicas integer`);
    await runner.query(
      `CREATE INDEX service_autoscaled ON service (environment_id) WHERE scaled_replicas IS NOT NULL AND deleted_at IS NULL`,
    );
    await runner.query(`CREATE TABLE scaling_decision (
      id uuid NOT NULL CONSTRAINT scaling_decision_pkey PRIMARY KEY,
      service_id uuid NOT NULL,
      from_replicas integer NOT NULL,
      to_replicas integer NOT NULL,
      kind text NOT NULL,
      reason text NOT NULL,
      inputs jsonb,
      hold jsonb,
      created_at timestamptz(3) NOT NULL DEFAULT now()
    )`);
    await runner.query(`CREATE INDEX scaling_decision_page ON scaling_decision (service_id, created_at, id)`);
    await runner.query(`CREATE INDEX scaling_decision_age ON scaling_decision (created_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE scaling_decision`);
    await runner.query(`ALTER TABLE service DROP COLUMN scaled_replicas`);
  }
}
