import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tables that each service has in its own schema; the first migration of every service. */
export class PlatformTables1764000000000 implements MigrationInterface {
  readonly name = 'PlatformTables1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE outbox (
        seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id uuid NOT NULL UNIQUE,
        subject text NOT NULL,
        event jsonb NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        published_at timestamptz(3),
        stream_seq bigint
      )`);
    await runner.query(`CREATE INDEX outbox_pending ON outbox (seq) WHERE published_at IS NULL`);
    await runner.query(`CREATE INDEX outbox_stream_seq ON outbox (stream_seq)`);
    await runner.query(`
      CREATE TABLE relay_state (
        id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
        stream_created text NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE inbox (
        consumer text NOT NULL,
        event_id uuid NOT NULL,
        handled_at timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer, event_id)
      )`);
    await runner.query(`
      CREATE TABLE applied_sequence (
        consumer text NOT NULL,
        source text NOT NULL,
        subject text NOT NULL,
        sequence bigint NOT NULL,
        PRIMARY KEY (consumer, source, subject)
      )`);
    await runner.query(`
      CREATE TABLE dead_letter (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        consumer text NOT NULL,
        stream_seq bigint NOT NULL,
        subject text NOT NULL,
        payload bytea NOT NULL,
        error text NOT NULL,
        deliveries integer NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        replayed_at timestamptz(3),
        UNIQUE (consumer, stream_seq)
      )`);
    await runner.query(`
      CREATE TABLE command_log (
        account text NOT NULL,
        key text NOT NULL,
        command text NOT NULL,
        request_hash text NOT NULL,
        response jsonb,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (account, key)
      )`);
    await runner.query(`CREATE INDEX command_log_created_at ON command_log (created_at)`);
    await runner.query(`
      CREATE TABLE history (
        kind text NOT NULL,
        id uuid NOT NULL,
        version bigint NOT NULL,
        valid_from timestamptz(3) NOT NULL DEFAULT now(),
        doc jsonb NOT NULL,
        PRIMARY KEY (kind, id, version)
      )`);
    await runner.query(`CREATE INDEX history_as_of ON history (kind, id, valid_from)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['history', 'command_log', 'dead_letter', 'applied_sequence', 'inbox', 'relay_state', 'outbox']) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
