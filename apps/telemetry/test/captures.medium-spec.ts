import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { connect, nkeyAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CaptureLogRecord, captureSubject, type PredictionRecord, type WatermarkRecord } from '#slipway/contracts';
import { Log, natsPermissions, runMigrations, type RunningService, setUpBus, startService, uuidv7 } from '#slipway/platform';
import { createDatabase, startNats, type TestDatabase, type TestNats } from '#slipway/testing';
import { AccountingService } from '../src/accounting/accounting.service.js';
import { AppModule } from '../src/app.module.js';
import { telemetryEnv } from '../src/env.js';
import { schema } from '../src/schema.js';

const serviceId = uuidv7();
const revisionId = uuidv7();
const base = {
  routerId: 'r1',
  epoch: 'e1',
  serviceId,
  revisionId,
  account: 'default',
  environment: 'local',
  serviceName: 'iris',
  revision: 1,
};
const body = (text: string) => ({
  contentType: 'application/json',
  encoding: 'utf8' as const,
  text,
  bytes: text.length,
  truncated: false,
});

const prediction = (seq: number): PredictionRecord => ({
  ...base,
  kind: 'prediction',
  seq,
  models: [{ id: revisionId, name: 'model.pkl', version: 1 }],
  requestId: `request-${seq}`,
  clientRequestId: null,
  keyId: 'key',
  time: '2026-03-04T05:06:07.000Z',
  latencyMs: 1,
  status: 200,
  request: body(`{"n":${seq}}`),
  response: body(`{"answer":${seq}}`),
  headers: {},
});
const watermark = (count: number): WatermarkRecord => ({
  ...base,
  kind: 'watermark',
  lastSeq: count,
  reservedSeq: 256,
  time: '2026-03-04T05:06:08.000Z',
  final: true,
  counters: { served: count, captured: count, sampledOut: 0, notCollected: 0, shed: 0 },
});

describe('captures', () => {
  let nats: TestNats;
  let admin: NatsConnection;
  let database: TestDatabase;
  let home: string;
  let running: RunningService | undefined;

  const start = async (failpoints = ''): Promise<RunningService> => {
    const env = telemetryEnv.parse({
      SLIPWAY_HOME: home,
      SLIPWAY_NATS_URL: nats.url,
      SLIPWAY_NATS_CREDS: nats.creds('telemetry'),
      SLIPWAY_DATABASE_URL: database.url,
      SLIPWAY_FAILPOINTS: failpoints,
      SLIPWAY_TELEMETRY_PART_ROWS: '100',
    });
    running = await startService(
      { name: 'telemetry', env, schema, module: AppModule.of(env) },
      Log.create('telemetry', process.env.TEST_LOG ?? 'silent'),
      (error) => {
        throw error;
      },
    );
    return running;
  };
  const publish = async (records: CaptureLogRecord[]): Promise<void> => {
    const js = jetstream(admin);
    // One try is lost while this client itself reconnects.
    for (const record of records)
      await js.publish(captureSubject('predictions', serviceId), JSON.stringify(record), { retries: 5, timeout: 3_000 });
  };
  const folder = () =>
    path.join(home, 'telemetry/modeldata/default/local/iris', `${revisionId}-model.pkl-1`, 'request/2026/03/04');
  const storedRequests = (): string[] =>
    readdirSync(path.join(folder(), 'parts'))
      .flatMap((file) =>
        readFileSync(path.join(folder(), 'parts', file), 'utf8')
          .trim()
          .split('\n'),
      )
      .map((line) => (JSON.parse(line) as { requestId: string }).requestId);
  const stored = async (count: number): Promise<void> => {
    const end = Date.now() + 20_000;
    while ((await running!.app.get(AccountingService).of(serviceId)).total.stored < count) {
      if (Date.now() > end) throw new Error('the records were not stored in time');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  beforeEach(async () => {
    nats = await startNats({ permissions: natsPermissions() });
    admin = await connect({
      servers: nats.url,
      authenticator: nkeyAuthenticator(Buffer.from(readFileSync(nats.adminCreds!, 'utf8').trim())),
    });
    await setUpBus(admin);
    database = await createDatabase('telemetry');
    await runMigrations('telemetry', schema, database.adminUrl);
    home = mkdtempSync(path.join(tmpdir(), 'slipway-telemetry-'));
  });
  afterEach(async () => {
    await running?.stop();
    await admin.close();
    await nats.close();
    await database.drop();
    rmSync(home, { recursive: true, force: true });
  });

  it('should put each prediction once into parts and data.csv, and the sums beside them', async () => {
    await start();
    const records = Array.from({ length: 250 }, (_item, index) => prediction(index + 1));
    await publish(records.slice(0, 120));
    await stored(120);
    // A spool may send twice.
    await publish(records.slice(100));
    await publish([watermark(250)]);
    await stored(250);
    expect(storedRequests().sort()).toEqual(records.map((record) => record.requestId).sort());
    const csv = readFileSync(path.join(folder(), 'data.csv'), 'utf8').trim().split('\n');
    expect(csv[0]).toMatch(/^\$Timestamp,\$CorrelationId,\$RequestId,/);
    expect(csv).toHaveLength(251);
    expect(readdirSync(path.join(folder(), 'parts')).length).toBeGreaterThan(1);
    const sums = await running!.app.get(AccountingService).of(serviceId);
    expect(sums.total).toMatchObject({ served: 250, captured: 250, stored: 250, duplicates: 20, unknown: 0 });
    const { total } = JSON.parse(
      readFileSync(path.join(home, 'telemetry/modeldata/default/local/iris/watermark.json'), 'utf8'),
    ) as { total: { stored: number } };
    expect(total.stored).toBeGreaterThan(0);
  });

  it.each(['telemetry.after_append=throw@3', 'telemetry.before_commit=throw@2'])(
    'should lose and repeat nothing when %s interrupts a batch',
    async (failpoints) => {
      await start(failpoints);
      const records = Array.from({ length: 60 }, (_item, index) => prediction(index + 1));
      await publish(records.slice(0, 30));
      await publish(records.slice(30));
      await stored(60);
      expect(storedRequests()).toEqual(records.map((record) => record.requestId));
      expect(readFileSync(path.join(folder(), 'data.csv'), 'utf8').trim().split('\n')).toHaveLength(61);
    },
  );

  it('should go on where it was after a restart, also when the bus was away', async () => {
    await start();
    await publish([prediction(1), prediction(2)]);
    await stored(2);
    await running!.stop();
    await publish([prediction(3)]);
    await start();
    await stored(3);
    await nats.restart('SIGKILL');
    await publish([prediction(4)]);
    await stored(4);
    expect(storedRequests()).toEqual(['request-1', 'request-2', 'request-3', 'request-4']);
  });
});
