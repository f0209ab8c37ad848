import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { CaptureLogRecord, PredictionRecord } from '#slipway/contracts';
import type { BodyFacts, SpooledPrediction } from '../captures/spool.port.js';
import type { StreamFacts } from '../captures/capture-stream.js';
import type { CaptureEntry } from './capture-log.port.js';

/** Below the 1 MiB that nats-server takes by default, with room for the subject and the headers. */
const maxRecordBytes = 1_000_000;

/** The record of a prediction as JSON, its bodies cut further when it would be larger than a message may be. */
export function predictionJson(facts: StreamFacts, prediction: SpooledPrediction): Buffer {
  const kept = { request: prediction.request.kept, response: prediction.response.kept };
  for (;;) {
    const json = Buffer.from(JSON.stringify(predictionRecord(facts, prediction, kept)));
    if (json.length <= maxRecordBytes || kept.request + kept.response === 0) return json;
    const larger = kept.request >= kept.response ? 'request' : 'response';
    kept[larger] = kept[larger] > 1_024 ? Math.floor(kept[larger] / 2) : 0;
  }
}

function predictionRecord(
  facts: StreamFacts,
  prediction: SpooledPrediction,
  kept: { request: number; response: number },
): PredictionRecord {
  const { payload, request, response } = prediction;
  return {
    kind: 'prediction',
    ...facts,
    seq: prediction.seq,
    requestId: prediction.requestId,
    clientRequestId: prediction.clientRequestId,
    keyId: prediction.keyId,
    time: prediction.time,
    latencyMs: prediction.latencyMs,
    status: prediction.status,
    request: capturedBody(request, payload.subarray(0, kept.request)),
    response: capturedBody(response, payload.subarray(request.kept, request.kept + kept.response)),
    headers: prediction.headers,
  };
}

function capturedBody(facts: BodyFacts, bytes: Uint8Array): PredictionRecord['request'] {
  const truncated = bytes.length < facts.bytes;
  const common = { contentType: facts.contentType, bytes: facts.bytes, truncated };
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = truncated ? whole.subarray(0, wholeCharacters(whole)) : whole;
  if (isUtf8(text)) return { ...common, encoding: 'utf8', text: text.toString('utf8') };
  return { ...common, encoding: 'base64', text: whole.toString('base64') };
}

/** Bytes up to the last whole UTF-8 character: a cut must not turn text into something that is none. */
function wholeCharacters(bytes: Uint8Array): number {
  let start = bytes.length;
  while (start > 0 && bytes.length - start < 4 && (bytes[start - 1]! & 0xc0) === 0x80) start -= 1;
  if (start === 0) return bytes.length;
  const lead = bytes[start - 1]!;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return start - 1 + length > bytes.length ? start - 1 : bytes.length;
}

/** A spooled record as the capture log takes it; undefined when it is none. */
export function toEntry(data: Buffer): (CaptureEntry & { epoch: string }) | undefined {
  let record: CaptureLogRecord;
  try {
    record = JSON.parse(data.toString('utf8')) as CaptureLogRecord;
  } catch {
    return undefined;
  }
  if (record.kind === 'collected') return undefined;
  const lane = [record.routerId, record.epoch, record.serviceId, record.revisionId].join('.');
  const own =
    record.kind === 'prediction' ? `p${record.seq}` : `w${createHash('sha256').update(data).digest('hex').slice(0, 32)}`;
  return { purpose: 'predictions', serviceId: record.serviceId, lane, id: `${lane}.${own}`, data, epoch: record.epoch };
}
