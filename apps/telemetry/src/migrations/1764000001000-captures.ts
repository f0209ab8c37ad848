import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Captures1764000001000 implements MigrationInterface {
  readonly name = 'Captures1764000001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE "capture_checkpoint" ("partition" text NOT NULL, "identity" text NOT NULL, "next_offset" bigint NOT NULL, CONSTRAINT "PK_capture_checkpoint" PRIMARY KEY ("partition"))`,
    );
    await runner.query(`
      CREATE TABLE "capture_stream" (
        "router_id" text NOT NULL, "epoch" text NOT NULL, "service_id" uuid NOT NULL, "revision_id" uuid NOT NULL,
        "account" text NOT NULL, "environment" text NOT NULL, "service_name" text NOT NULL, "revision" integer NOT NULL,
        "last_seq" bigint NOT NULL, "counted_seq" bigint NOT NULL, "reserved_seq" bigint NOT NULL, "closed" boolean NOT NULL,
        "counters" jsonb NOT NULL, "uncounted" bigint NOT NULL, "stored" bigint NOT NULL, "duplicates" bigint NOT NULL,
        "unknown" bigint NOT NULL, "last_record_at" text,
        CONSTRAINT "PK_capture_stream" PRIMARY KEY ("router_id", "epoch", "service_id", "revision_id")
      )`);
    await runner.query(`CREATE INDEX "capture_stream_service" ON "capture_stream" ("service_id")`);
    await runner.query(`
      CREATE TABLE "collected_stream" (
        "replica" uuid NOT NULL, "epoch" text NOT NULL, "service_id" uuid NOT NULL, "last_seq" bigint NOT NULL, "stored" bigint NOT NULL,
        CONSTRAINT "PK_collected_stream" PRIMARY KEY ("replica", "epoch")
      )`);
    await runner.query(`CREATE INDEX "collected_stream_service" ON "collected_stream" ("service_id")`);
    await runner.query(`
      CREATE TABLE "open_file" (
        "folder" text NOT NULL, "kind" text NOT NULL, "path" text NOT NULL, "bytes" bigint NOT NULL, "rows" bigint NOT NULL,
        "columns" jsonb NOT NULL, "number" integer NOT NULL, "service_id" uuid NOT NULL, "account" text NOT NULL, "identifier" text NOT NULL,
        "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_open_file" PRIMARY KEY ("folder", "kind")
      )`);
    await runner.query(`CREATE INDEX "open_file_updated_at" ON "open_file" ("updated_at")`);
    await runner.query(`
      CREATE TABLE "capture_gap" (
        "partition" text NOT NULL, "from_offset" bigint NOT NULL, "to_offset" bigint NOT NULL, "reason" text NOT NULL,
        "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_capture_gap" PRIMARY KEY ("partition", "from_offset")
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['capture_gap', 'open_file', 'collected_stream', 'capture_stream', 'capture_checkpoint'])
      await runner.query(`DROP TABLE "${table}"`);
  }
}
