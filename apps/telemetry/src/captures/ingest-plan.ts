import {
  type CaptureCounters,
  CaptureLogRecord,
  type CollectedRecord,
  type PredictionRecord,
  type WatermarkRecord,
} from '#slipway/contracts';
import { dayFolder, folderOfCollected } from '../storage/paths.js';
import type { LogEntry } from './capture-log.port.js';

/** Lines for one folder of files, in log order. */
export interface FolderLines {
  folder: string;
  serviceId: string;
  identifier: string;
  firstOffset: number;
  columns: string[];
  jsonLines: string[];
  rows: unknown[][];
}

/** State of one stream of predictions, as kept in PostgreSQL. */
export interface StreamState {
  routerId: string;
  epoch: string;
  serviceId: string;
  revisionId: string;
  account: string;
  environment: string;
  serviceName: string;
  revision: number;
  /** Highest seq of a stored prediction. */
  lastSeq: number;
  /** Highest seq that the last watermark accounts for. */
  countedSeq: number;
  reservedSeq: number;
  /** The router said that no more will come, or a later epoch of it was seen. */
  closed: boolean;
  counters: CaptureCounters;
  /** Captured predictions above `countedSeq`, which no watermark has yet. */
  uncounted: number;
  stored: number;
  duplicates: number;
  unknown: number;
  lastRecordAt: string | null;
}

export interface CollectedState {
  replica: string;
  epoch: string;
  serviceId: string;
  lastSeq: number;
  stored: number;
}

export const streamKey = (key: { routerId: string; epoch: string; serviceId: string; revisionId: string }): string =>
  [key.routerId, key.epoch, key.serviceId, key.revisionId].join('|');
export const collectedKey = (key: { replica: string; epoch: string }): string => `${key.replica}|${key.epoch}`;

/** What a batch of the log changes: lines for files, and the states after it. */
export interface IngestPlan {
  folders: FolderLines[];
  streams: Map<string, StreamState>;
  collected: Map<string, CollectedState>;
  /** Streams whose router was killed: what it may have served without a record. */
  losses: StreamState[];
  unreadable: { offset: number; reason: string }[];
}

/**
 * Plans a batch. Pure: `streams` and `collected` are the states before it, with every stream of the routers that the
 * batch names. A seq that is not above the stream's last one was stored before and is only counted.
 */
export function planIngest(
  entries: readonly LogEntry[],
  streams: ReadonlyMap<string, StreamState>,
  collected: ReadonlyMap<string, CollectedState>,
): IngestPlan {
  const plan: IngestPlan = {
    folders: [],
    streams: new Map([...streams].map(([key, state]) => [key, structuredClone(state)])),
    collected: new Map([...collected].map(([key, state]) => [key, { ...state }])),
    losses: [],
    unreadable: [],
  };
  const folders = new Map<string, FolderLines>();
  for (const entry of entries) {
    const record = readRecord(entry, plan);
    if (!record) continue;
    if (record.kind === 'collected') takeCollected(record, entry.offset, plan, folders);
    else if (record.kind === 'prediction') takePrediction(record, entry.offset, plan, folders);
    else takeWatermark(record, plan);
  }
  plan.folders = [...folders.values()];
  return plan;
}

export function readRecords(entries: readonly LogEntry[]): CaptureLogRecord[] {
  return entries.map((entry) => parse(entry)).filter((record): record is CaptureLogRecord => !(record instanceof Error));
}

function parse(entry: LogEntry): CaptureLogRecord | Error {
  try {
    return CaptureLogRecord.parse(JSON.parse(Buffer.from(entry.data).toString('utf8')));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function readRecord(entry: LogEntry, plan: IngestPlan): CaptureLogRecord | undefined {
  const record = parse(entry);
  if (!(record instanceof Error)) return record;
  plan.unreadable.push({ offset: entry.offset, reason: record.message.slice(0, 500) });
  return undefined;
}

function stateOf(record: PredictionRecord | WatermarkRecord, plan: IngestPlan): StreamState {
  const key = streamKey(record);
  const known = plan.streams.get(key);
  if (known) return known;
  closeEarlierEpochs(record, plan);
  const state: StreamState = {
    routerId: record.routerId,
    epoch: record.epoch,
    serviceId: record.serviceId,
    revisionId: record.revisionId,
    account: record.account,
    environment: record.environment,
    serviceName: record.serviceName,
    revision: record.revision,
    lastSeq: 0,
    countedSeq: 0,
    reservedSeq: 0,
    closed: false,
    counters: { served: 0, captured: 0, sampledOut: 0, notCollected: 0, shed: 0 },
    uncounted: 0,
    stored: 0,
    duplicates: 0,
    unknown: 0,
    lastRecordAt: null,
  };
  plan.streams.set(key, state);
  return state;
}

/** A router ships what earlier starts left before anything of the present one, so those streams are complete now. */
function closeEarlierEpochs(record: PredictionRecord | WatermarkRecord, plan: IngestPlan): void {
  for (const state of plan.streams.values()) {
    if (state.routerId !== record.routerId || state.epoch === record.epoch || state.closed) continue;
    state.closed = true;
    state.unknown = Math.max(0, state.reservedSeq - state.countedSeq - state.uncounted);
    if (state.unknown > 0) plan.losses.push(state);
  }
}

function takeWatermark(record: WatermarkRecord, plan: IngestPlan): void {
  const state = stateOf(record, plan);
  state.reservedSeq = Math.max(state.reservedSeq, record.reservedSeq);
  if (record.lastSeq >= state.countedSeq && record.counters.served >= state.counters.served) {
    state.countedSeq = record.lastSeq;
    state.counters = record.counters;
    // Records lie in the log in the order of their seqs, so none above this one's was stored yet.
    state.uncounted = 0;
  }
  state.lastRecordAt = record.time;
  if (record.final && !state.closed) {
    state.closed = true;
    state.reservedSeq = record.lastSeq;
  }
}

function takePrediction(record: PredictionRecord, offset: number, plan: IngestPlan, folders: Map<string, FolderLines>): void {
  const state = stateOf(record, plan);
  if (record.seq <= state.lastSeq) {
    state.duplicates += 1;
    return;
  }
  state.lastSeq = record.seq;
  state.stored += 1;
  state.lastRecordAt = record.time;
  if (record.seq > state.countedSeq) state.uncounted += 1;
  const model = record.models[0];
  const identity = { routerId: record.routerId, epoch: record.epoch, seq: record.seq };
  const common = {
    time: record.time,
    requestId: record.requestId,
    clientRequestId: record.clientRequestId,
    service: record.serviceName,
    revision: record.revision,
    models: record.models,
    keyId: record.keyId,
    latencyMs: record.latencyMs,
    status: record.status,
    ...identity,
  };
  const start = [record.time, record.clientRequestId ?? '', record.requestId];
  push(
    folders,
    dayFolder(record, model, 'request', record.time),
    record.serviceId,
    'request',
    offset,
    requestColumns,
    { ...common, headers: record.headers, request: record.request },
    [
      [
        ...start,
        record.serviceName,
        record.revision,
        record.request.contentType ?? '',
        record.request.bytes,
        record.request.truncated,
        record.request.text,
      ],
    ],
  );
  push(
    folders,
    dayFolder(record, model, 'response', record.time),
    record.serviceId,
    'response',
    offset,
    responseColumns,
    { ...common, response: record.response },
    [
      [
        ...start,
        record.serviceName,
        record.revision,
        record.status,
        record.latencyMs,
        record.response.contentType ?? '',
        record.response.bytes,
        record.response.truncated,
        record.response.text,
      ],
    ],
  );
}

const idColumns = ['$Timestamp', '$CorrelationId', '$RequestId'];
const requestColumns = [...idColumns, 'service', 'revision', 'contentType', 'bytes', 'truncated', 'body'];
const responseColumns = [...idColumns, 'service', 'revision', 'status', 'latencyMs', 'contentType', 'bytes', 'truncated', 'body'];

function takeCollected(record: CollectedRecord, offset: number, plan: IngestPlan, folders: Map<string, FolderLines>): void {
  const key = collectedKey(record);
  const state = plan.collected.get(key) ?? {
    replica: record.replica,
    epoch: record.epoch,
    serviceId: record.serviceId,
    lastSeq: 0,
    stored: 0,
  };
  plan.collected.set(key, state);
  if (record.seq <= state.lastSeq) return;
  state.lastSeq = record.seq;
  state.stored += 1;
  const { kind: _kind, ...line } = record;
  const rows = record.rows.map((row) => [record.time, record.correlationId ?? '', record.requestId ?? '', ...row]);
  push(
    folders,
    folderOfCollected(record),
    record.serviceId,
    record.identifier,
    offset,
    [...idColumns, ...record.columns],
    line,
    rows,
  );
}

/** A change of columns starts another group: a file has one header. */
function push(
  folders: Map<string, FolderLines>,
  folder: string,
  serviceId: string,
  identifier: string,
  offset: number,
  columns: string[],
  line: unknown,
  rows: unknown[][],
): void {
  const key = `${folder}\n${columns.join('\n')}`;
  const known = folders.get(key);
  const lines = known ?? { folder, serviceId, identifier, firstOffset: offset, columns, jsonLines: [], rows: [] };
  if (!known) folders.set(key, lines);
  lines.jsonLines.push(JSON.stringify(line));
  lines.rows.push(...rows);
}
