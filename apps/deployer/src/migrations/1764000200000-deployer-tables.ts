import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Environments, services with their revisions, keys, replicas and operations, and the reconciler's queue. */
export class DeployerTables1764000200000 implements MigrationInterface {
  readonly name = 'DeployerTables1764000200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.query(`DROP TABLE ${table}`);
  }
}

const tables = ['work_queue', 'service_user', 'replica', 'operation', 'service_key', 'revision', 'service', 'environment'];

const statements = [
  `CREATE TABLE environment (
    id uuid NOT NULL CONSTRAINT environment_pkey PRIMARY KEY,
    account text,
    name text NOT NULL,
    target text NOT NULL,
    isolation text NOT NULL,
    is_default boolean NOT NULL,
    provisioning_state text NOT NULL,
    error jsonb,
    node_id uuid,
    node_seen_at timestamptz(3),
    row_version integer NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now()
  )`,
  `CREATE UNIQUE INDEX environment_name ON environment (name)`,
  `CREATE UNIQUE INDEX environment_default ON environment (is_default) WHERE is_default`,
  `CREATE TABLE service (
    id uuid NOT NULL CONSTRAINT service_pkey PRIMARY KEY,
    account text NOT NULL,
    environment_id uuid NOT NULL,
    environment text NOT NULL,
    is_default boolean NOT NULL,
    name text NOT NULL,
    row_version integer NOT NULL,
    generation integer NOT NULL,
    observed_generation integer NOT NULL,
    state text NOT NULL,
    error jsonb,
    settings jsonb NOT NULL,
    target_revision_id uuid NOT NULL,
    serving_revision_id uuid,
    route jsonb,
    route_version integer NOT NULL,
    route_at timestamptz(3),
    route_published integer NOT NULL,
    image_id uuid NOT NULL,
    manifest_id uuid NOT NULL,
    manifest_name text NOT NULL,
    model_ids uuid[] NOT NULL,
    model_names text[] NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    deleted_at timestamptz(3),
    gone_at timestamptz(3)
  )`,
  `CREATE UNIQUE INDEX service_name ON service (environment_id, name) WHERE deleted_at IS NULL`,
  `CREATE INDEX service_page ON service (account, created_at, id)`,
  `CREATE INDEX service_image ON service (image_id)`,
  `CREATE INDEX service_manifest ON service (manifest_id)`,
  `CREATE INDEX service_manifest_name ON service (manifest_name)`,
  `CREATE INDEX service_models ON service USING gin (model_ids)`,
  `CREATE INDEX service_model_names ON service USING gin (model_names)`,
  `CREATE TABLE revision (
    id uuid NOT NULL CONSTRAINT revision_pkey PRIMARY KEY,
    account text NOT NULL,
    service_id uuid NOT NULL,
    service_name text NOT NULL,
    number integer NOT NULL,
    image jsonb NOT NULL,
    settings jsonb NOT NULL,
    env_sealed text,
    env_names text[] NOT NULL,
    status text NOT NULL,
    error jsonb,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    expired_at timestamptz(3)
  )`,
  `CREATE UNIQUE INDEX revision_number ON revision (service_id, number)`,
  `CREATE INDEX revision_page ON revision (account, created_at, id)`,
  `CREATE TABLE service_key (
    service_id uuid NOT NULL,
    type text NOT NULL,
    key_id text NOT NULL,
    sealed text NOT NULL,
    sha256 text NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT service_key_pkey PRIMARY KEY (service_id, type)
  )`,
  `CREATE TABLE operation (
    id text NOT NULL CONSTRAINT operation_pkey PRIMARY KEY,
    account text NOT NULL,
    kind text NOT NULL,
    service_id uuid NOT NULL,
    generation integer NOT NULL,
    state text NOT NULL,
    progress text,
    progress_at timestamptz(3) NOT NULL DEFAULT now(),
    error jsonb,
    actor text NOT NULL,
    correlation_id text NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    ended_at timestamptz(3)
  )`,
  `CREATE INDEX operation_service ON operation (service_id, created_at)`,
  `CREATE TABLE replica (
    id uuid NOT NULL CONSTRAINT replica_pkey PRIMARY KEY,
    service_id uuid NOT NULL,
    revision_id uuid NOT NULL,
    revision integer NOT NULL,
    node_id uuid NOT NULL,
    state text NOT NULL,
    state_since timestamptz(3) NOT NULL DEFAULT now(),
    restarts integer NOT NULL,
    crashes integer NOT NULL,
    retry_at timestamptz(3),
    pid integer,
    start_ticks bigint,
    boot_id text,
    host text,
    port integer,
    exit_code integer,
    drain_version integer,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    ready_at timestamptz(3),
    ended_at timestamptz(3),
    swept boolean NOT NULL DEFAULT false
  )`,
  `CREATE INDEX replica_service ON replica (service_id, created_at)`,
  `CREATE INDEX replica_live ON replica (service_id) WHERE state <> 'Gone'`,
  `CREATE TABLE service_user (
    uid integer NOT NULL CONSTRAINT service_user_pkey PRIMARY KEY,
    service_id uuid NOT NULL
  )`,
  `CREATE UNIQUE INDEX service_user_service ON service_user (service_id)`,
  `CREATE TABLE work_queue (
    service_id uuid NOT NULL CONSTRAINT work_queue_pkey PRIMARY KEY,
    environment_id uuid NOT NULL,
    due_at timestamptz(3),
    lease_until timestamptz(3),
    lease_epoch integer NOT NULL
  )`,
];
