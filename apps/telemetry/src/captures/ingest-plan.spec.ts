import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaptureLogRecord, PredictionRecord, WatermarkRecord } from '#slipway/contracts';
import { sumUp } from '../accounting/accounting.service.js';
import type { LogEntry } from './capture-log.port.js';
import { type CollectedState, planIngest, type StreamState } from './ingest-plan.js';

const serviceId = '01932d0e-0000-7000-8000-000000000001';
const revisionId = '01932d0e-0000-7000-8000-000000000002';
const stream = {
  routerId: 'r1',
  epoch: 'e1',
  serviceId,
  revisionId,
  account: 'default',
  environment: 'local',
  serviceName: 'iris',
  revision: 1,
};
const body = { contentType: 'application/json', encoding: 'utf8' as const, text: '{}', bytes: 2, truncated: false };

const prediction = (seq: number, more: Partial<PredictionRecord> = {}): PredictionRecord => ({
  ...stream,
  kind: 'prediction',
  seq,
  models: [{ id: revisionId, name: 'model.pkl', version: 3 }],
  requestId: `req-${seq}`,
  clientRequestId: null,
  keyId: 'key',
  time: '2026-01-02T23:59:59.999Z',
  latencyMs: 1.5,
  status: 200,
  request: body,
  response: body,
  headers: {},
  ...more,
});

const watermark = (lastSeq: number, captured: number, more: Partial<WatermarkRecord> = {}): WatermarkRecord => ({
  ...stream,
  kind: 'watermark',
  lastSeq,
  reservedSeq: Math.ceil(Math.max(lastSeq, 1) / 256) * 256,
  time: '2026-01-03T00:00:00.000Z',
  final: false,
  counters: { served: lastSeq, captured, sampledOut: lastSeq - captured, notCollected: 0, shed: 0 },
  ...more,
});

const log = (records: CaptureLogRecord[], from = 1): LogEntry[] =>
  records.map((record, index) => ({ offset: from + index, data: Buffer.from(JSON.stringify(record)) }));
const plan = (
  records: CaptureLogRecord[],
  streams = new Map<string, StreamState>(),
  collected = new Map<string, CollectedState>(),
) => planIngest(log(records), streams, collected);
const only = (streams: Map<string, StreamState>): StreamState => [...streams.values()][0]!;

describe(planIngest.name, () => {
  it('should put a prediction into request and response of its own day under the first model', () => {
    const { folders } = plan([prediction(1)]);
    const base = `modeldata/default/local/iris/${revisionId}-model.pkl-3`;
    expect(folders.map((lines) => lines.folder)).toEqual([`${base}/request/2026/01/02`, `${base}/response/2026/01/02`]);
    expect(folders[0]!.columns.slice(0, 3)).toEqual(['$Timestamp', '$CorrelationId', '$RequestId']);
  });

  it('should store a seq once and count the repeats', () => {
    const first = plan([prediction(1), prediction(2), prediction(2)]);
    expect(only(first.streams)).toMatchObject({ lastSeq: 2, stored: 2, duplicates: 1 });
    const second = plan([prediction(1), prediction(3)], first.streams);
    expect(only(second.streams)).toMatchObject({ lastSeq: 3, stored: 3, duplicates: 2 });
    expect(second.folders[0]!.jsonLines).toHaveLength(1);
  });

  it('should keep a killed router’s unspooled tail as unknown when its next start is seen', () => {
    const before = plan([
      watermark(0, 0, { reservedSeq: 256 }),
      watermark(10, 10, { reservedSeq: 256 }),
      prediction(11),
      prediction(12),
    ]);
    const after = plan([watermark(0, 0, { epoch: 'e2', reservedSeq: 256 })], before.streams);
    expect(after.losses).toHaveLength(1);
    expect(after.losses[0]).toMatchObject({ epoch: 'e1', unknown: 256 - 10 - 2 });
  });

  it('should know of no loss after an orderly stop', () => {
    const before = plan([watermark(10, 10, { reservedSeq: 256 }), watermark(12, 12, { reservedSeq: 256, final: true })]);
    expect(plan([prediction(1, { epoch: 'e2' })], before.streams).losses).toEqual([]);
  });

  it('should set unreadable records aside and go on', () => {
    const entries = [{ offset: 1, data: Buffer.from('not json') }, ...log([prediction(1)], 2)];
    const result = planIngest(entries, new Map(), new Map());
    expect(result.unreadable).toHaveLength(1);
    expect(only(result.streams).stored).toBe(1);
  });

  it('should keep served = captured + sampledOut + notCollected + shed whatever the batches and repeats', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 7 }),
        fc.boolean(),
        (captured, size, repeat) => {
          const records: CaptureLogRecord[] = [];
          let kept = 0;
          captured.forEach((keep, index) => {
            if (keep) {
              records.push(prediction(index + 1));
              kept += 1;
            }
            if (index % 5 === 4) records.push(watermark(index + 1, kept));
          });
          records.push(watermark(captured.length, kept, { final: true }));
          let streams = new Map<string, StreamState>();
          for (let at = 0; at < records.length; at += size) {
            const batch = records.slice(at, at + size);
            streams = plan(batch, streams).streams;
            if (repeat) streams = plan(batch, streams).streams;
          }
          const { total } = sumUp(serviceId, [...streams.values()], [], null);
          expect(total.served).toBe(total.captured + total.sampledOut + total.notCollected + total.shed);
          expect(total).toMatchObject({ served: captured.length, captured: kept, stored: kept });
        },
      ),
    );
  });
});
