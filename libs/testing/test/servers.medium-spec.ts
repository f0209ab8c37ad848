import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import pg from 'pg';
import { identify, isRunning } from '#slipway/supervisor';
import { createDatabase, startNats, startPostgres, type TestDatabase, type TestNats } from '#slipway/testing';

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('createDatabase', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase('registry');
  });
  afterAll(() => database.drop());

  it('should let the role change rows of its schema and nothing else', async () => {
    await query(database.adminUrl, 'CREATE TABLE registry.model (id uuid DEFAULT uuidv7(), name text)');
    await query(database.url, "INSERT INTO model (name) VALUES ('iris')");
    expect(await query(database.url, 'SELECT name FROM model')).toEqual([{ name: 'iris' }]);
    await expect(query(database.url, 'DROP TABLE model')).rejects.toThrow(/must be owner/);
    await expect(query(database.url, 'CREATE TABLE other (id int)')).rejects.toThrow(/permission denied|no schema/);
    await query(database.adminUrl, 'CREATE SCHEMA builder; CREATE TABLE builder.image (id int)');
    await expect(query(database.url, 'SELECT * FROM builder.image')).rejects.toThrow(/permission denied/);
  });

  it('should keep two databases of one service apart', async () => {
    const other = await createDatabase('registry');
    await query(other.adminUrl, 'CREATE TABLE registry.model (id int)');
    expect(await query(other.url, 'SELECT * FROM model')).toEqual([]);
    const wrongDatabase = new URL(other.url);
    wrongDatabase.pathname = `/${database.name}`;
    await expect(query(wrongDatabase.href, 'SELECT 1')).rejects.toThrow(/permission denied/);
    await other.drop();
  });
});

describe('startPostgres', () => {
  it('should keep committed rows over a crash and a restart', async () => {
    const server = await startPostgres();
    await query(server.url, 'CREATE TABLE t AS SELECT 1 AS a');
    await server.restart('kill');
    expect(await query(server.url, 'SELECT a FROM t')).toEqual([{ a: 1 }]);
    await server.restart('immediate');
    expect(await query(server.url, 'SELECT a FROM t')).toEqual([{ a: 1 }]);
    await server.close();
    await expect(query(server.url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('startNats', () => {
  const open: TestNats[] = [];
  afterAll(() => Promise.all(open.map((server) => server.close())));

  it('should keep stored messages over a kill', async () => {
    const server = await startNats();
    open.push(server);
    const connection = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50, timeout: 500 });
    const manager = await jetstreamManager(connection, { timeout: 500 });
    await manager.streams.add({ name: 'S', subjects: ['s.>'] });
    await jetstream(connection).publish('s.a', 'hello');
    await server.restart('SIGKILL');
    await expect.poll(async () => (await manager.streams.info('S')).state.messages, { timeout: 10_000 }).toBe(1);
    await connection.close();
  });

  it('should give each user its own rights', async () => {
    const server = await startNats({
      permissions: [{ service: 'registry', publish: ['evt.>'], subscribe: ['_INBOX_registry.>'], allowResponses: true }],
    });
    open.push(server);
    await expect(connect({ servers: server.url })).rejects.toThrow(/authorization/i);
    const registry = await connect({
      servers: server.url,
      authenticator: nkeyAuthenticator(readFileSync(server.creds('registry'))),
    });
    const errors: string[] = [];
    void (async () => {
      for await (const status of registry.status()) if (status.type === 'error') errors.push(String(status.error));
    })();
    registry.publish('cmd.builder.create-image.v1', 'x');
    registry.publish('evt.a.registry.ModelRegistered.v1', 'x');
    await registry.flush();
    await expect.poll(() => errors.join()).toMatch(/cmd\.builder/);
    expect(errors.join()).not.toMatch(/evt\.a/);
    await registry.close();
  });
});

describe('reapAtExit', () => {
  it('should end processes and remove folders of a test process that was killed', async () => {
    // reaper.ts has no import of ours, so Node itself can load it.
    const reaper = path.resolve(import.meta.dirname, '../src/reaper.ts');
    const program = `
      import { spawn } from 'node:child_process';
      import { reapAtExit, temporaryFolder } from ${JSON.stringify(reaper)};
      const folder = temporaryFolder('reaper');
      const child = spawn('/bin/sh', ['-c', 'sleep 60; :', folder], { detached: true, stdio: 'ignore' });
      reapAtExit(child.pid, folder);
      console.log(JSON.stringify({ pid: child.pid, folder }));
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const { pid, folder } = JSON.parse(line.toString()) as { pid: number; folder: string };
    const identity = identify(pid);
    expect(identity).toBeDefined();
    expect(existsSync(folder)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => existsSync(folder), { timeout: 10_000 }).toBe(false);
    expect(identity && isRunning(identity)).toBe(false);
  });
});
