import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CollectedRecord } from '#slipway/contracts';
import { Log } from '#slipway/platform';
import { replicaId, revisionId, serviceId } from '../../test/support/route.js';
import type { CaptureEntry, CaptureLog } from '../spool/capture-log.port.js';
import { ReplicaSpools } from './replica-spools.js';

let home: string;
let spool: string;
let log: CaptureLog & { entries: CaptureEntry[]; away: boolean };
const replica = replicaId(1);
const inSpool = (name: string): string => join(spool, name);

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'slipway-collected-'));
  spool = join(home, 'replicas', replica);
  mkdirSync(spool, { recursive: true });
  writeMeta();
  log = {
    entries: [],
    away: false,
    publish(batch) {
      if (this.away) return Promise.reject(new Error('away'));
      this.entries.push(...batch);
      return Promise.resolve();
    },
  };
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function writeMeta(): void {
  const models = [{ id: serviceId(9), name: 'model.pkl', version: 3 }];
  const meta = {
    account: 'default',
    environment: 'local',
    serviceId: serviceId(1),
    serviceName: 'iris',
    revisionId: revisionId(1),
    revision: 1,
    models,
  };
  writeFileSync(inSpool('meta.json'), JSON.stringify(meta));
}
const line = (seq: number, extra: object = {}): string =>
  JSON.stringify({
    v: 1,
    seq,
    epoch: '17p1w1',
    time: '2026-11-24T00:00:00.000Z',
    correlationId: '',
    requestId: 'r1',
    modelName: 'model.pkl',
    identifier: 'inputs',
    columns: ['a', 'b'],
    rows: [[1, 'x']],
    ...extra,
  });
const segment = (number: number, ...lines: string[]): void =>
  writeFileSync(inSpool(`17p1w1-${number}.jsonl`), lines.map((text) => `${text}\n`).join(''));
const spools = (): ReplicaSpools => new ReplicaSpools(join(home, 'replicas'), log, Log.silent());
const seqs = (): number[] =>
  log.entries.map((entry) => CollectedRecord.parse(JSON.parse(Buffer.from(entry.data).toString())).seq);

describe(ReplicaSpools.name, () => {
  it('should ship closed segments in order as collected records and delete them', async () => {
    segment(10, line(3));
    segment(9, line(1), line(2));
    writeFileSync(inSpool('17p1w1-11.jsonl.open'), line(4));
    expect(await spools().step()).toBe(2);
    expect(seqs()).toEqual([1, 2, 3]);
    expect(log.entries[0]).toMatchObject({ purpose: 'collected', serviceId: serviceId(1), id: `${replica}.17p1w1.1` });
    expect(JSON.parse(Buffer.from(log.entries[0]!.data).toString())).toMatchObject({
      account: 'default',
      replica,
      correlationId: null,
      requestId: 'r1',
      model: { id: serviceId(9), name: 'model.pkl', version: '3' },
    });
    expect(existsSync(inSpool('17p1w1-9.jsonl'))).toBe(false);
    expect(existsSync(inSpool('17p1w1-11.jsonl.open'))).toBe(true);
  });

  it('should keep a segment until the log has it', async () => {
    segment(1, line(1));
    log.away = true;
    await expect(spools().step()).rejects.toThrow('away');
    expect(existsSync(inSpool('17p1w1-1.jsonl'))).toBe(true);
  });

  it('should leave out lines that are none, of another start, or too large, and keep the others', async () => {
    segment(
      1,
      line(1),
      '{',
      '[]',
      line(2, { epoch: 'other' }),
      line(3, { rows: [['x'.repeat(1_100_000)]] }),
      line(4, { time: 'now' }),
      line(5),
    );
    await spools().step();
    expect(seqs()).toEqual([1, 5]);
  });

  it('should name a model that the service does not have as unknown', async () => {
    segment(1, line(1, { modelName: 'other' }));
    await spools().step();
    expect(JSON.parse(Buffer.from(log.entries[0]!.data).toString())).toMatchObject({
      model: { id: 'unknown', name: 'other', version: 'unknown' },
    });
  });

  it('should read no link, no pipe and nothing of another user’s identity', async () => {
    const secret = join(home, 'secret');
    writeFileSync(secret, `${line(1)}\n`);
    symlinkSync(secret, inSpool('17p1w1-1.jsonl'));
    execFileSync('mkfifo', [inSpool('17p1w1-2.jsonl')]);
    await spools().step();
    expect(log.entries).toEqual([]);
    expect(existsSync(secret)).toBe(true);

    rmSync(inSpool('meta.json'));
    symlinkSync(secret, inSpool('meta.json'));
    segment(3, line(1));
    expect(await spools().step()).toBe(0);
    expect(existsSync(inSpool('17p1w1-3.jsonl'))).toBe(true);
  });

  it('should remove final counters once everything of their start is shipped', async () => {
    const counters = (final: boolean): void =>
      writeFileSync(
        inSpool('17p1w1.counters.json'),
        JSON.stringify({ v: 1, epoch: '17p1w1', collected: 1, written: 1, dropped: { queue: 0 }, final }),
      );
    counters(false);
    segment(1, line(1));
    await spools().step();
    await spools().step();
    expect(existsSync(inSpool('17p1w1.counters.json'))).toBe(true);
    counters(true);
    await spools().step();
    expect(existsSync(inSpool('17p1w1.counters.json'))).toBe(false);
  });
});
