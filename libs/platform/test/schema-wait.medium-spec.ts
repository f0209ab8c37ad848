import { createDatabase } from '#slipway/testing';
import { describe, expect, it } from 'vitest';
import { Database, Log, runMigrations } from '../src/index.js';
import { schema } from './fixture.js';

describe(Database.name, () => {
  it('should wait for migrations that run at the same time, and only as long as it is told to', async () => {
    const place = await createDatabase('registry');
    const open = async (schemaWaitMs: number) => {
      const database = Database.create(place.url, schema, Log.silent());
      await database.open({ waitMs: 3_000, schemaWaitMs });
      await database.close();
    };
    try {
      await expect(open(0)).rejects.toThrow();
      const waiting = open(60_000);
      await runMigrations('registry', schema, place.adminUrl);
      await waiting;
      await open(0);
    } finally {
      await place.drop();
    }
  });
});
