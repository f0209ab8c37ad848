import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TokensAndFeed1764000001000 implements MigrationInterface {
  readonly name = 'TokensAndFeed1764000001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "account" (
        "slug" text NOT NULL, "id" uuid NOT NULL, "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_account" PRIMARY KEY ("slug")
      )`);
    await runner.query(`
      CREATE TABLE "api_token" (
        "id" text NOT NULL, "sha256" text NOT NULL, "account" text NOT NULL, "roles" text array NOT NULL, "description" text NOT NULL,
        "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(), "revoked_at" TIMESTAMP(3) WITH TIME ZONE,
        CONSTRAINT "PK_api_token" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE TABLE "feed" (
        "position" bigint GENERATED ALWAYS AS IDENTITY NOT NULL, "account" text NOT NULL, "event" jsonb NOT NULL,
        CONSTRAINT "PK_feed" PRIMARY KEY ("position")
      )`);
    await runner.query(`CREATE INDEX "feed_account_position" ON "feed" ("account", "position")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['feed', 'api_token', 'account']) await runner.query(`DROP TABLE "${table}"`);
  }
}
