import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TokenUseAndEventIds1764000001100 implements MigrationInterface {
  readonly name = 'TokenUseAndEventIds1764000001100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "api_token" ADD "last_used_at" TIMESTAMP(3) WITH TIME ZONE`);
    await runner.query(`ALTER TABLE "feed" ADD "event_id" uuid`);
    await runner.query(`UPDATE "feed" SET "event_id" = ("event"->>'id')::uuid`);
    await runner.query(`ALTER TABLE "feed" ALTER COLUMN "event_id" SET NOT NULL`);
    await runner.query(`CREATE UNIQUE INDEX "feed_event_id" ON "feed" ("event_id")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX "feed_event_id"`);
    await runner.query(`ALTER TABLE "feed" DROP COLUMN "event_id"`);
    await runner.query(`ALTER TABLE "api_token" DROP COLUMN "last_used_at"`);
  }
}
