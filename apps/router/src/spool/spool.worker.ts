import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { armFailpoints, Log } from '#slipway/platform';
import { RouterBus } from '../bus/router-bus.adapter.js';
import { ReplicaSpools } from '../collected/replica-spools.js';
import { JetStreamCaptureLog } from './jetstream-capture-log.adapter.js';
import { PositionFile } from './position.js';
import { sealEarlierStarts } from './seal.js';
import { Segments } from './segments.js';
import { ShipLoop } from './ship-loop.js';
import { Shipper } from './shipper.js';
import { SpoolWriter } from './spool-writer.js';
import type { FromSpool, SpoolSettings, SpoolState, ToSpool } from './spool.protocol.js';

const settings = workerData as SpoolSettings;
const port = parentPort!;
const log = Log.create('router', settings.logLevel);
armFailpoints(settings.failpoints);

const position = new PositionFile(join(settings.folder, 'position.json'));
const segments = new Segments(settings.folder, settings.limits, position.read().segment);
try {
  const sealed = sealEarlierStarts(segments, settings.folder, settings.epoch);
  if (sealed > 0)
    log.for('spool').warn('the router did not stop in order last time; what it may have served is reported', { count: sealed });
} catch (error) {
  log.for('spool').error('the sums of an earlier start could not be closed; the next start tries again', {}, error);
}

let writeFailed = false;
const writer = new SpoolWriter(segments, (error) => {
  if (!writeFailed)
    log.for('spool').error('the spool cannot be written; predictions are shed and counted', { file: settings.folder }, error);
  writeFailed = true;
});

let lostSinceFlush = false;
let unsynced = false;
const state: SpoolState = { bytes: segments.total, shippedRecords: 0, shippedCollected: 0, failing: false };
const post = (message: FromSpool): void => port.postMessage(message);

const bus = new RouterBus({ url: settings.natsUrl, credsFile: settings.natsCreds, service: 'router' }, 'captures', log);
const captureLog = new JetStreamCaptureLog(bus);
const shipper = new Shipper(segments, position, captureLog, log.for('shipper'));
const spools = new ReplicaSpools(settings.replicasFolder, captureLog, log.for('collected'));

const predictions = new ShipLoop(async () => {
  const shipped = await shipper.step();
  state.shippedRecords += shipped;
  return shipped > 0;
}, log.for('shipper'));
const collected = new ShipLoop(
  async () => {
    const shipped = await spools.step();
    state.shippedCollected += shipped;
    return shipped > 0;
  },
  log.for('collected'),
  1_000,
);
predictions.start();
collected.start();

const currentState = (): SpoolState => ({ ...state, bytes: segments.total, failing: predictions.failing || collected.failing });
setInterval(() => {
  try {
    if (unsynced) segments.sync();
  } catch (error) {
    log.for('spool').error('the spool cannot be made durable', {}, error);
  }
  unsynced = false;
  post({ kind: 'state', state: currentState() });
}, 1_000);

port.on('message', (message: ToSpool) => {
  if (message.kind === 'write') {
    const lost = writer.write(message.items);
    if (lost.length > 0) lostSinceFlush = true;
    else writeFailed = false;
    unsynced = true;
    post({ kind: 'written', batch: message.batch, lost, state: currentState() });
  } else if (message.kind === 'flush') {
    let ok = !lostSinceFlush;
    lostSinceFlush = false;
    try {
      segments.sync();
    } catch {
      ok = false;
    }
    post({ kind: 'flushed', id: message.id, ok });
  } else void stop();
});

async function stop(): Promise<void> {
  await Promise.all([predictions.stop(1_000), collected.stop(1_000)]);
  segments.close();
  process.exit(0);
}
