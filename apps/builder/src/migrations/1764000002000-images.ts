import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Images1764000002000 implements MigrationInterface {
  readonly name = 'Images1764000002000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE name_counter (
        account text NOT NULL,
        name text NOT NULL,
        last integer NOT NULL,
        PRIMARY KEY (account, name)
      )`);
    await runner.query(`
      CREATE TABLE build (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        account text NOT NULL,
        input_digest text NOT NULL,
        manifest jsonb NOT NULL,
        state text NOT NULL CHECK (state IN ('queued', 'built', 'failed')),
        result jsonb,
        attempts integer NOT NULL DEFAULT 0,
        due_at timestamptz(3),
        lease_until timestamptz(3),
        lease_epoch bigint NOT NULL DEFAULT 0,
        lease_owner text,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE UNIQUE INDEX build_account_input ON build (account, input_digest)`);
    await runner.query(`CREATE INDEX build_due ON build (due_at) WHERE due_at IS NOT NULL`);
    await runner.query(`
      CREATE TABLE image (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        account text NOT NULL,
        name text NOT NULL,
        version integer NOT NULL,
        description text,
        compute_resource_id text,
        manifest_id uuid NOT NULL,
        manifest_name text NOT NULL,
        manifest_version integer NOT NULL,
        manifest jsonb NOT NULL,
        build_id uuid NOT NULL REFERENCES build (id),
        state text NOT NULL CHECK (state IN ('NotStarted', 'Running', 'Cancelled', 'Succeeded', 'Failed')),
        digest text,
        error jsonb,
        correlation_id text NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        row_version integer NOT NULL
      )`);
    await runner.query(`CREATE UNIQUE INDEX image_account_name_version ON image (account, name, version)`);
    await runner.query(`CREATE INDEX image_account_created_at ON image (account, created_at, id)`);
    await runner.query(`CREATE INDEX image_account_manifest ON image (account, manifest_id)`);
    await runner.query(`CREATE INDEX image_build ON image (build_id)`);
    await runner.query(`
      CREATE TABLE operation (
        id text PRIMARY KEY,
        account text NOT NULL,
        image_id uuid NOT NULL REFERENCES image (id) ON DELETE CASCADE,
        state text NOT NULL CHECK (state IN ('NotStarted', 'Running', 'Cancelled', 'Succeeded', 'Failed')),
        progress text,
        error jsonb,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        end_time timestamptz(3)
      )`);
    await runner.query(`CREATE INDEX operation_image ON operation (image_id)`);
    await runner.query(`
      CREATE TABLE manifest_lock (
        manifest_id uuid PRIMARY KEY,
        account text NOT NULL,
        lock text NOT NULL,
        lock_digest text NOT NULL,
        runtime_key text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE resolution (
        key text PRIMARY KEY,
        lock text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE INDEX resolution_created_at ON resolution (created_at)`);
    await runner.query(`
      CREATE TABLE layer_cache (
        key text PRIMARY KEY,
        kind text NOT NULL CHECK (kind IN ('dependencies', 'runtime')),
        digest text NOT NULL,
        diff_id text NOT NULL,
        size bigint NOT NULL,
        media_type text NOT NULL,
        repository text NOT NULL,
        modules jsonb NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['layer_cache', 'resolution', 'manifest_lock', 'operation', 'image', 'build', 'name_counter']) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
