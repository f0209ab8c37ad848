import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RegistryTables1764000002000 implements MigrationInterface {
  readonly name = 'RegistryTables1764000002000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "blob" (
        "digest" text NOT NULL, "size" bigint NOT NULL,
        "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_blob" PRIMARY KEY ("digest")
      )`);
    await runner.query(`
      CREATE TABLE "blob_link" (
        "repository" text NOT NULL, "digest" text NOT NULL,
        "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_blob_link" PRIMARY KEY ("repository", "digest"),
        CONSTRAINT "FK_blob_link_blob" FOREIGN KEY ("digest") REFERENCES "blob" ("digest")
      )`);
    await runner.query(`CREATE INDEX "blob_link_digest" ON "blob_link" ("digest")`);
    await runner.query(`
      CREATE TABLE "upload" (
        "id" uuid NOT NULL, "repository" text NOT NULL,
        "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
        "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_upload" PRIMARY KEY ("id")
      )`);
    await runner.query(`CREATE INDEX "upload_updated_at" ON "upload" ("updated_at")`);
    await runner.query(`
      CREATE TABLE "archive" (
        "digest" text NOT NULL, "facts" jsonb, "problem" text,
        "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_archive" PRIMARY KEY ("digest"),
        CONSTRAINT "archive_facts_or_problem" CHECK (("facts" IS NULL) <> ("problem" IS NULL))
      )`);
    await runner.query(`
      CREATE TABLE "oci_manifest" (
        "repository" text NOT NULL, "digest" text NOT NULL, "media_type" text NOT NULL, "artifact_type" text, "subject" text,
        "annotations" jsonb, "bytes" bytea NOT NULL, "size" integer NOT NULL,
        "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_oci_manifest" PRIMARY KEY ("repository", "digest")
      )`);
    await runner.query(
      `CREATE INDEX "oci_manifest_subject" ON "oci_manifest" ("repository", "subject") WHERE "subject" IS NOT NULL`,
    );
    await runner.query(`
      CREATE TABLE "tag" (
        "repository" text NOT NULL, "tag" text COLLATE "C" NOT NULL, "digest" text NOT NULL,
        "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_tag" PRIMARY KEY ("repository", "tag"),
        CONSTRAINT "FK_tag_manifest" FOREIGN KEY ("repository", "digest") REFERENCES "oci_manifest" ("repository", "digest")
      )`);
    await runner.query(`
      CREATE TABLE "name_counter" (
        "account" text NOT NULL, "kind" text NOT NULL, "name" text NOT NULL, "last" integer NOT NULL,
        CONSTRAINT "PK_name_counter" PRIMARY KEY ("account", "kind", "name")
      )`);
    await runner.query(`
      CREATE TABLE "model" (
        "id" uuid NOT NULL, "account" text NOT NULL, "name" text NOT NULL, "version" integer NOT NULL,
        "row_version" integer NOT NULL, "mime_type" text NOT NULL, "unpack" boolean NOT NULL, "tags" text array NOT NULL,
        "description" text, "digest" text NOT NULL, "content_digest" text, "size" bigint NOT NULL, "path" text NOT NULL,
        "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(), "created_by" text NOT NULL,
        CONSTRAINT "PK_model" PRIMARY KEY ("id"),
        CONSTRAINT "model_version" UNIQUE ("account", "name", "version")
      )`);
    await runner.query(`CREATE INDEX "model_page" ON "model" ("account", "created_at", "id")`);
    await runner.query(`
      CREATE TABLE "manifest" (
        "id" uuid NOT NULL, "account" text NOT NULL, "name" text NOT NULL, "version" integer NOT NULL,
        "row_version" integer NOT NULL, "description" text, "driver_program" text NOT NULL, "entry" text NOT NULL,
        "schema_path" text, "assets" jsonb NOT NULL, "target_runtime" jsonb NOT NULL, "models" jsonb NOT NULL,
        "python" text NOT NULL, "platform" text NOT NULL,
        "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(), "created_by" text NOT NULL,
        CONSTRAINT "PK_manifest" PRIMARY KEY ("id"),
        CONSTRAINT "manifest_version" UNIQUE ("account", "name", "version")
      )`);
    await runner.query(`CREATE INDEX "manifest_page" ON "manifest" ("account", "created_at", "id")`);
    await runner.query(`
      CREATE TABLE "manifest_model" (
        "manifest_id" uuid NOT NULL, "model_id" uuid NOT NULL,
        CONSTRAINT "PK_manifest_model" PRIMARY KEY ("manifest_id", "model_id"),
        CONSTRAINT "FK_manifest_model_manifest" FOREIGN KEY ("manifest_id") REFERENCES "manifest" ("id"),
        CONSTRAINT "FK_manifest_model_model" FOREIGN KEY ("model_id") REFERENCES "model" ("id")
      )`);
    await runner.query(`CREATE INDEX "manifest_model_model" ON "manifest_model" ("model_id")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const tables = [
      'manifest_model',
      'manifest',
      'model',
      'name_counter',
      'tag',
      'oci_manifest',
      'archive',
      'upload',
      'blob_link',
      'blob',
    ];
    for (const table of tables) await runner.query(`DROP TABLE "${table}"`);
  }
}
