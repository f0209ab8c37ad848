import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { internalAuthorization, type Log, Readiness } from '#slipway/platform';
import { RouterBus } from './bus/router-bus.adapter.js';
import { Ledger } from './captures/ledger.js';
import { Reservations } from './captures/reservations.js';
import { InternalServer } from './edge/internal.server.js';
import { defaultEdgeLimits, NodeHttpEdge } from './edge/node-http.edge.js';
import type { RouterEnv } from './env.js';
import { routerIdentity } from './identity.js';
import { LoadPublisher } from './load/load-bus.adapter.js';
import { sampleLoad } from './load/load-sampler.js';
import { RouterMetrics } from './metrics/metrics.js';
import { RouterService } from './predictions/router.service.js';
import { RouteFile } from './routes/route-file.js';
import { RouteTable } from './routes/route-table.js';
import { RoutesBucket } from './routes/routes-kv.adapter.js';
import { RoutesService } from './routes/routes.service.js';
import { SnapshotPoll } from './routes/snapshot-poll.adapter.js';
import { systemTiming } from './slots/lifetime.js';
import { SpoolThread } from './spool/spool-thread.js';
import { defaultUpstreamLimits } from './upstream/replica-connection.js';
import { RawUpstream } from './upstream/raw-upstream.js';

const spoolReadyMs = 3_000;
const segmentBytes = 8 * 1024 * 1024;
/** So many segments at least, so that what was shipped can be freed while the spool is full. */
const minSegments = 16;

export interface RunningRouter {
  publicPort: number;
  internalPort: number;
  /** The orderly end: no request fails, and the sums are final. */
  stop(): Promise<void>;
}

/** Puts the router together and starts it; nothing here waits for NATS or for the deployer. */
export async function startRouter(env: RouterEnv, log: Log, spoolWorker: Worker): Promise<RunningRouter> {
  const run = join(env.SLIPWAY_HOME, 'run', 'router');
  const identity = routerIdentity(join(run, 'id'));
  const spoolFolder = join(env.SLIPWAY_HOME, 'spool', 'router');
  const reservations = new Reservations(spoolFolder, identity.epoch);
  const spool = new SpoolThread(
    {
      folder: spoolFolder,
      replicasFolder: join(env.SLIPWAY_HOME, 'spool', 'replicas'),
      epoch: identity.epoch,
      limits: {
        totalBytes: env.SLIPWAY_SPOOL_MAX_BYTES,
        segmentBytes: Math.min(segmentBytes, Math.floor(env.SLIPWAY_SPOOL_MAX_BYTES / minSegments)),
      },
      natsUrl: env.SLIPWAY_NATS_URL,
      natsCreds: env.SLIPWAY_NATS_CREDS,
      logLevel: env.SLIPWAY_LOG_LEVEL,
      failpoints: env.SLIPWAY_FAILPOINTS,
    },
    log.for('spool'),
    spoolWorker,
  );
  const ledger = new Ledger(identity, spool, reservations, log.for('ledger'));

  const upstream = new RawUpstream({ ...defaultUpstreamLimits, responseBytes: env.SLIPWAY_MAX_RESPONSE_BYTES });
  const table = new RouteTable(systemTiming, (endpoint) => upstream.forget(endpoint));
  const routes = new RoutesService(table, new RouteFile(join(run, 'routes.json')), log.for('routes'), env.SLIPWAY_ENVIRONMENT);
  routes.loadFile();

  const bus = new RouterBus({ url: env.SLIPWAY_NATS_URL, credsFile: env.SLIPWAY_NATS_CREDS, service: 'router' }, 'routes', log);
  const bucket = new RoutesBucket(bus, routes, log.for('routes'));
  const load = new LoadPublisher(bus, () => sampleLoad(identity, table, ledger));
  const snapshots = snapshotPoll(env, routes, log);

  const metrics = new RouterMetrics(table, () => ({ ...spool.state, pendingBytes: spool.pendingBytes }));
  const service = new RouterService(table, upstream, ledger, metrics, systemTiming, log.for('router'));
  const readiness = new Readiness();
  readiness.add('routes', () => (routes.ready ? undefined : 'no routes known yet, neither from disk nor from the deployer'));
  const edge = new NodeHttpEdge(env.SLIPWAY_ROUTER_LISTEN, (request) => void service.handle(request), log.for('edge'), {
    ...defaultEdgeLimits,
    headMs: env.SLIPWAY_HEAD_TIMEOUT_MS,
    requestMs: env.SLIPWAY_REQUEST_TIMEOUT_MS,
  });
  const internal = new InternalServer(env.SLIPWAY_LISTEN, readiness, metrics);

  // Records that wait for the thread are lost in a crash; a disk that hangs must not keep the router from serving, though.
  await Promise.race([spool.ready, new Promise((resolve) => setTimeout(resolve, spoolReadyMs))]);
  const publicPort = await edge.listen();
  const internalPort = await internal.listen();
  void bucket.follow();
  void load.start();
  snapshots?.start();
  const started = log.for('start');
  started.info('the service is listening', { host: env.SLIPWAY_LISTEN.host, port: internalPort });
  started.info('the router is listening', { router: identity.id, host: env.SLIPWAY_ROUTER_LISTEN.host, port: publicPort });

  const stop = async (): Promise<void> => {
    readiness.drain();
    edge.beginDrain();
    await new Promise((resolve) => setTimeout(resolve, env.SLIPWAY_DRAIN_QUIET_MS));
    await edge.close(env.SLIPWAY_DRAIN_LIMIT_MS);
    snapshots?.stop();
    bucket.stop();
    load.stop();
    await ledger.close();
    await spool.stop();
    await routes.saved();
    upstream.close();
    await internal.close();
    await bus.close();
  };
  return { publicPort, internalPort, stop };
}

function snapshotPoll(env: RouterEnv, routes: RoutesService, log: Log): SnapshotPoll | undefined {
  if (!env.SLIPWAY_DEPLOYER_URL) return undefined;
  return new SnapshotPoll(
    {
      deployerUrl: env.SLIPWAY_DEPLOYER_URL,
      authorization: internalAuthorization(env.SLIPWAY_INTERNAL_SECRET_FILE),
      environment: env.SLIPWAY_ENVIRONMENT,
      periodMs: env.SLIPWAY_SNAPSHOT_PERIOD_MS,
    },
    routes,
    log.for('routes'),
  );
}
