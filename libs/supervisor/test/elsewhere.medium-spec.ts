import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNats, startPostgres, type TestNats, type TestPostgres } from '#slipway/testing';
import { clusterSecrets, migrate, readSupervisorEnv } from '#slipway/supervisor';

describe('an installation in a cluster', () => {
  let postgres: TestPostgres;
  let nats: TestNats;
  let folder: string;

  beforeAll(async () => {
    [postgres, nats] = await Promise.all([startPostgres(), startNats()]);
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-elsewhere-'));
  });
  afterAll(async () => {
    await Promise.all([postgres.close(), nats.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const queryAs = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const envOf = (url: string, passwords: string) =>
    readSupervisorEnv({
      SLIPWAY_HOME: path.join(folder, 'home'),
      SLIPWAY_ADMIN_DATABASE_URL: url,
      SLIPWAY_ROLE_PASSWORDS_FILE: passwords,
      SLIPWAY_NATS_URL: nats.url,
    });

  it('should be migrated twice by an owner of the database who is no superuser, and open to the roles of its secrets', async () => {
    await queryAs(postgres.url, `CREATE ROLE installer WITH LOGIN CREATEROLE NOSUPERUSER PASSWORD 'a-b'`);
    await queryAs(postgres.url, `CREATE DATABASE elsewhere OWNER installer`);
    const url = new URL(postgres.url);
    Object.assign(url, { username: 'installer', password: 'a-b', pathname: '/elsewhere' });
    const secrets = await clusterSecrets({ namespace: 'ml', prefix: 'slipway', adminDatabaseUrl: url.href });
    const value = (part: string, key: string) =>
      secrets.find(({ metadata }) => metadata.name === `slipway-${part}`)!.stringData[key]!;
    const passwords = path.join(folder, 'role-passwords.json');
    writeFileSync(passwords, value('admin', 'role-passwords.json'));

    for (let round = 0; round < 2; round += 1) {
      const { migrated } = await migrate({ env: envOf(value('admin', 'database-url'), passwords) });
      expect(migrated.toSorted()).toEqual(['builder', 'deployer', 'gateway', 'registry', 'telemetry']);
    }

    expect(
      await queryAs(value('registry', 'database-url'), 'SELECT current_user AS who, count(*)::int AS models FROM model'),
    ).toEqual([{ who: 'registry', models: 0 }]);
    await expect(queryAs(value('registry', 'database-url'), 'SELECT * FROM deployer.service')).rejects.toThrow(
      /permission denied/,
    );
    const bus = await connect({ servers: nats.url });
    const streams = await (await jetstreamManager(bus)).streams.names().next();
    await bus.close();
    expect(streams).toEqual(expect.arrayContaining(['EVENTS', 'CAPTURES', 'KV_ROUTES']));
  });

  it('should make the database where it may, and name what is wrong where it cannot', async () => {
    const passwords = path.join(folder, 'passwords.json');
    const url = new URL(postgres.url);
    url.pathname = '/not_there_yet';
    writeFileSync(passwords, '{"gateway":"x"}');
    await expect(migrate({ env: envOf(url.href, passwords) })).rejects.toThrow(
      /SLIPWAY_ROLE_PASSWORDS_FILE .* has no password for: registry, builder, deployer, telemetry/,
    );
    await expect(migrate({ env: envOf('mysql://x', passwords) })).rejects.toThrow(/SLIPWAY_ADMIN_DATABASE_URL is not postgresql/);
    url.password = 'wrong';
    writeFileSync(
      passwords,
      JSON.stringify(Object.fromEntries('gateway registry builder deployer telemetry'.split(' ').map((name) => [name, 'x']))),
    );
    await expect(migrate({ env: envOf(url.href, passwords) })).rejects.toMatchObject({
      code: 'database_unusable',
      message: expect.not.stringContaining('wrong') as string,
    });
  });
});
