import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CaptureLogRecord, type PredictionRecord, type WatermarkRecord } from '#slipway/contracts';
import { Log } from '#slipway/platform';
import { revisionId, serviceId } from '../../test/support/route.js';
import { reservationOf, type StreamFacts } from '../captures/capture-stream.js';
import { Reservations } from '../captures/reservations.js';
import type { SpooledPrediction } from '../captures/spool.port.js';
import type { CaptureEntry, CaptureLog } from './capture-log.port.js';
import { crc32c } from './crc32c.js';
import { frame, readFrames } from './frames.js';
import { PositionFile } from './position.js';
import { predictionJson } from './records.js';
import { sealEarlierStarts } from './seal.js';
import { Segments } from './segments.js';
import { Shipper } from './shipper.js';
import { SpoolWriter } from './spool-writer.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'slipway-spool-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const facts = (epoch = 'epoch-1'): StreamFacts => ({
  routerId: 'router-1',
  epoch,
  serviceId: serviceId(1),
  revisionId: revisionId(1),
  account: 'default',
  environment: 'local',
  serviceName: 'iris',
  revision: 1,
  models: [],
});
const prediction = (seq: number, request = '{"a":1}', response = '[1]'): SpooledPrediction => {
  const [a, b] = [Buffer.from(request), Buffer.from(response)];
  const payload = new Uint8Array(a.length + b.length);
  payload.set(a);
  payload.set(b, a.length);
  return {
    stream: 0,
    seq,
    requestId: `r${seq}`,
    clientRequestId: null,
    keyId: 'key1',
    time: '2026-11-24T00:00:00.000Z',
    latencyMs: 1.5,
    status: 200,
    headers: {},
    request: { contentType: 'application/json', bytes: a.length, kept: a.length },
    response: { contentType: 'application/json', bytes: b.length, kept: b.length },
    payload,
  };
};
const limits = { totalBytes: 1_000_000, segmentBytes: 4_000 };
const segmentsOf = (settings = limits): Segments => new Segments(folder, settings, positionFile().read().segment);
const positionFile = (): PositionFile => new PositionFile(join(folder, 'position.json'));

/** Remembers what it got; fails when told. */
class MemoryLog implements CaptureLog {
  entries: CaptureEntry[] = [];
  batches = 0;
  failAfter = Infinity;
  publish(batch: readonly CaptureEntry[]): Promise<void> {
    this.batches += 1;
    for (const entry of batch) {
      if (this.failAfter-- <= 0) return Promise.reject(new Error('the log is away'));
      this.entries.push({ ...entry, data: Buffer.from(entry.data) });
    }
    return Promise.resolve();
  }
  records(): CaptureLogRecord[] {
    return this.entries.map((entry) => CaptureLogRecord.parse(JSON.parse(Buffer.from(entry.data).toString())));
  }
  seqs(): number[] {
    return this.records().flatMap((record) => (record.kind === 'prediction' ? [record.seq] : []));
  }
}

async function shipAll(segments: Segments, log: CaptureLog): Promise<void> {
  const shipper = new Shipper(segments, positionFile(), log, Log.silent());
  while ((await shipper.step()) > 0);
}

const fill = (segments: Segments, from: number, to: number, epoch = 'epoch-1'): SpoolWriter => {
  const writer = new SpoolWriter(segments, () => undefined);
  const predictions = Array.from({ length: to - from + 1 }, (_, index) => ({
    kind: 'prediction' as const,
    prediction: prediction(from + index),
  }));
  expect(writer.write([{ kind: 'stream', stream: 0, facts: facts(epoch) }, ...predictions])).toEqual([]);
  return writer;
};

describe(crc32c.name, () => {
  it('should agree with the check value of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  });
});

describe(readFrames.name, () => {
  it('should give back whole frames up to wherever the bytes were cut, and never anything else', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (payloads, share) => {
          const frames = payloads.map((payload) => frame(payload));
          const bytes = Buffer.concat(frames);
          const cut = bytes.subarray(0, Math.floor(bytes.length * share));
          const read = readFrames(cut);
          expect(read.payloads.map((payload) => [...payload])).toEqual(
            payloads.slice(0, read.payloads.length).map((payload) => [...payload]),
          );
          expect(read.consumed).toBe(frames.slice(0, read.payloads.length).reduce((sum, each) => sum + each.length, 0));
          expect(read.rest).toBe(read.consumed === cut.length ? 'none' : 'partial');
        },
      ),
    );
  });

  it('should stop at a flipped bit', () => {
    const bytes = Buffer.concat([frame(Buffer.from('one')), frame(Buffer.from('two'))]);
    bytes[bytes.length - 1]! ^= 1;
    const read = readFrames(bytes);
    expect([read.payloads.map(String), read.rest]).toEqual([['one'], 'damaged']);
    expect(readFrames(Buffer.alloc(100)).rest).toBe('damaged');
  });
});

describe('the spool', () => {
  it('should ship every record in order and free the disk', async () => {
    const segments = segmentsOf();
    fill(segments, 1, 100);
    expect(segments.numbers().length).toBeGreaterThan(3);
    const log = new MemoryLog();
    await shipAll(segments, log);
    expect(log.seqs()).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(segments.numbers()).toHaveLength(1);
    fill(segments, 101, 110);
    await shipAll(segments, log);
    expect(log.seqs().slice(100)).toEqual([101, 102, 103, 104, 105, 106, 107, 108, 109, 110]);
  });

  it('should go on after a restart where it was, and read what was left before what is new', async () => {
    const log = new MemoryLog();
    let segments = segmentsOf();
    fill(segments, 1, 30);
    await shipAll(segments, log);
    fill(segments, 31, 50);
    segments = segmentsOf();
    fill(segments, 1, 5, 'epoch-2');
    await shipAll(segments, log);
    expect(log.seqs()).toEqual([...Array.from({ length: 50 }, (_, index) => index + 1), 1, 2, 3, 4, 5]);
    for (const segment of segments.numbers()) segments.remove(segment);
    expect(segmentsOf().active).toBeGreaterThan(0);
  });

  it('should lose only the torn record when the last bytes of a killed router are missing', async () => {
    for (const cut of [1, 7, 9, 100]) {
      const segments = segmentsOf({ totalBytes: 1_000_000, segmentBytes: 1_000_000 });
      fill(segments, 1, 10);
      truncateSync(segments.path(segments.active), segments.size(segments.active) - cut);
      const next = segmentsOf();
      fill(next, 1, 3, 'epoch-2');
      const log = new MemoryLog();
      await shipAll(next, log);
      expect(log.seqs()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3]);
    }
  });

  it('should lose only what follows damage in its own segment', async () => {
    const segments = segmentsOf({ totalBytes: 1_000_000, segmentBytes: 1_000_000 });
    fill(segments, 1, 10);
    appendFileSync(segments.path(segments.active), Buffer.alloc(4_096));
    const next = segmentsOf();
    fill(next, 11, 12);
    const log = new MemoryLog();
    await shipAll(next, log);
    expect(log.seqs()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('should send a batch again after a failure, under the same ids', async () => {
    const segments = segmentsOf();
    fill(segments, 1, 20);
    const log = new MemoryLog();
    log.failAfter = 7;
    await expect(shipAll(segments, log)).rejects.toThrow('away');
    log.failAfter = Infinity;
    await shipAll(segments, log);
    const once = new Map(log.entries.map((entry) => [entry.id, entry]));
    expect(once.size).toBe(20);
    expect(log.entries.length).toBeGreaterThan(20);
  });

  it('should hold its bound exactly and say what it dropped', () => {
    const segments = segmentsOf({ totalBytes: 10_000, segmentBytes: 2_000 });
    const writer = fill(segments, 1, 1);
    const lost = writer.write(
      Array.from({ length: 50 }, (_, index) => ({ kind: 'prediction' as const, prediction: prediction(index + 2) })),
    );
    expect(segments.total).toBeLessThanOrEqual(10_000);
    const kept = segments.numbers().flatMap((number) => readFrames(readFileSync(segments.path(number))).payloads).length;
    expect(lost).toEqual([{ stream: 0, predictions: 51 - kept }]);
    const mark = { ...reservationOf(facts(), 256, '2026-11-24T00:00:00.000Z') };
    expect(writer.write([{ kind: 'watermark', stream: 0, watermark: mark }])).toEqual([]);
  });

  it('should say what the disk did not take, and go on when it does again', () => {
    const segments = segmentsOf();
    const writer = fill(segments, 1, 3);
    const append = segments.append.bind(segments);
    segments.append = () => {
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    };
    expect(writer.write([{ kind: 'prediction', prediction: prediction(4) }])).toEqual([{ stream: 0, predictions: 1 }]);
    const mark = reservationOf(facts(), 256, '2026-11-24T00:00:00.000Z');
    expect(writer.write([{ kind: 'watermark', stream: 0, watermark: mark }])).toEqual([{ stream: 0, predictions: 0 }]);
    segments.append = append;
    expect(writer.write([{ kind: 'prediction', prediction: prediction(5) }])).toEqual([]);
  });

  it('should not mix the records of two starts in a batch', async () => {
    const segments = segmentsOf({ totalBytes: 1_000_000, segmentBytes: 1_000_000 });
    fill(segments, 1, 5, 'epoch-1');
    fill(segments, 1, 5, 'epoch-2');
    const log = new MemoryLog();
    await shipAll(segments, log);
    expect(log.batches).toBe(2);
  });
});

describe(sealEarlierStarts.name, () => {
  it('should report the highest reservation of each earlier stream once, after its records', async () => {
    const old = new Reservations(folder, 'epoch-1');
    old.reserve(reservationOf(facts(), 128, '2026-11-24T00:00:00.000Z'));
    old.reserve(reservationOf(facts(), 256, '2026-11-24T00:00:01.000Z'));
    appendFileSync(join(folder, 'reservations-epoch-1.jsonl'), '{"kind":"waterm');
    fill(segmentsOf(), 1, 4);
    new Reservations(folder, 'epoch-2').reserve(reservationOf(facts('epoch-2'), 128, '2026-11-24T00:00:02.000Z'));

    const segments = segmentsOf();
    expect(sealEarlierStarts(segments, folder, 'epoch-2')).toBe(1);
    expect(readdirSync(folder).filter((name) => name.startsWith('reservations'))).toEqual(['reservations-epoch-2.jsonl']);
    expect(sealEarlierStarts(segments, folder, 'epoch-2')).toBe(0);
    const log = new MemoryLog();
    await shipAll(segments, log);
    const marks = log.records().filter((record): record is WatermarkRecord => record.kind === 'watermark');
    expect(log.records().findIndex((record) => record.kind === 'watermark')).toBe(4);
    expect(marks.map(({ epoch, lastSeq, reservedSeq, final }) => ({ epoch, lastSeq, reservedSeq, final }))).toEqual([
      { epoch: 'epoch-1', lastSeq: 0, reservedSeq: 256, final: false },
      { epoch: 'epoch-2', lastSeq: 0, reservedSeq: 0, final: false },
    ]);
  });

  it('should leave nothing to report after an orderly stop', () => {
    const reservations = new Reservations(folder, 'epoch-1');
    reservations.reserve(reservationOf(facts(), 128, '2026-11-24T00:00:00.000Z'));
    reservations.remove();
    expect(sealEarlierStarts(segmentsOf(), folder, 'epoch-2')).toBe(0);
  });
});

describe(predictionJson.name, () => {
  const recordOf = (spooled: SpooledPrediction): PredictionRecord =>
    CaptureLogRecord.parse(JSON.parse(predictionJson(facts(), spooled).toString())) as PredictionRecord;

  it('should keep text as text and other bytes as base64', () => {
    const binary = prediction(1, 'abc');
    binary.payload = new Uint8Array([0xff, 0xfe, 0xfd, ...Buffer.from('[1]')]);
    expect(recordOf(prediction(1, '{"ä":"€😀"}')).request).toMatchObject({
      encoding: 'utf8',
      text: '{"ä":"€😀"}',
      truncated: false,
    });
    expect(recordOf(binary).request).toMatchObject({ encoding: 'base64', text: '//79' });
    expect(recordOf(binary).response).toMatchObject({ encoding: 'utf8', text: '[1]' });
  });

  it('should cut at a whole character wherever the limit falls', () => {
    const text = 'aä€😀'.repeat(3);
    const bytes = Buffer.from(text);
    for (let kept = 0; kept < bytes.length; kept++) {
      const spooled = prediction(1, '', '');
      spooled.request = { contentType: null, bytes: bytes.length, kept };
      spooled.payload = new Uint8Array(bytes.subarray(0, kept));
      const { request } = recordOf(spooled);
      expect(request).toMatchObject({ encoding: 'utf8', truncated: true, bytes: bytes.length });
      expect(text.startsWith(request.text)).toBe(true);
      expect(kept - Buffer.byteLength(request.text)).toBeLessThan(4);
    }
  });

  it('should cut further what would not fit into a message', () => {
    const json = predictionJson(facts(), prediction(1, '\u0000'.repeat(600_000), 'x'.repeat(600_000)));
    expect(json.length).toBeLessThanOrEqual(1_000_000);
    expect(CaptureLogRecord.parse(JSON.parse(json.toString()))).toMatchObject({ request: { truncated: true, bytes: 600_000 } });
  });
});
