import type { MigrationInterface, QueryRunner } from 'typeorm';

export class BaseLayers1764102000000 implements MigrationInterface {
  readonly name = 'BaseLayers1764102000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE manifest_lock ADD COLUMN base text NOT NULL DEFAULT 'none'`);
    await runner.query(`ALTER TABLE layer_cache DROP CONSTRAINT layer_cache_kind_check`);
    await runner.query(
      `ALTER TABLE layer_cache ADD CONSTRAINT layer_cache_kind_check CHECK (kind IN ('base', 'dependencies', 'runtime'))`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM layer_cache WHERE kind = 'base'`);
    await runner.query(`ALTER TABLE layer_cache DROP CONSTRAINT layer_cache_kind_check`);
    await runner.query(
      `ALTER TABLE layer_cache ADD CONSTRAINT layer_cache_kind_check CHECK (kind IN ('dependencies', 'runtime'))`,
    );
    await runner.query(`ALTER TABLE manifest_lock DROP COLUMN base`);
  }
}
