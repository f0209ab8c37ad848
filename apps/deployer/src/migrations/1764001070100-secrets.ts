import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Secrets of accounts, and those that a revision was made with. */
export class Secrets1764001070100 implements MigrationInterface {
  readonly name = 'Secrets1764001070100';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of down) await runner.query(statement);
  }
}

const up = [
  `CREATE TABLE secret (
    id uuid NOT NULL CONSTRAINT secret_pkey PRIMARY KEY,
    account text NOT NULL,
    name text NOT NULL,
    sealed text NOT NULL,
    row_version integer NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now()
  )`,
  `CREATE UNIQUE INDEX secret_name ON secret (account, name)`,
  `ALTER TABLE revision ADD secrets jsonb NOT NULL DEFAULT '{"variables": {}, "files": {}, "versions": {}}', ADD secrets_sealed text`,
];

const down = [`ALTER TABLE revision DROP secrets, DROP secrets_sealed`, `DROP TABLE secret`];
