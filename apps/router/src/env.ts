import { z } from 'zod';
import { baseEnv, HostPort } from '#slipway/platform';

const mebi = 1024 * 1024;
const milliseconds = (fallback: number) => z.coerce.number().int().nonnegative().default(fallback);

export const routerEnv = baseEnv.extend({
  /** Public listener: scoring requests. */
  SLIPWAY_ROUTER_LISTEN: HostPort.default({ host: '127.0.0.1', port: 5081 }),
  /** The deployer's internal listener, for snapshots; without it routes come from the bus and the file only. */
  SLIPWAY_DEPLOYER_URL: z.url().optional(),
  /** Time between two snapshots; a key that was revoked while the bus was away stops within it. */
  SLIPWAY_SNAPSHOT_PERIOD_MS: z.coerce.number().int().min(100).default(10_000),
  /** Serves only this environment; default: every one of the installation. */
  SLIPWAY_ENVIRONMENT: z.string().min(1).optional(),
  /** Bytes of captured predictions kept on disk until the capture log has them; more are counted as shed. */
  SLIPWAY_SPOOL_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(mebi)
    .default(1024 * mebi),
  /** Largest answer of a replica that is passed on, bytes. */
  SLIPWAY_MAX_RESPONSE_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(64 * mebi),
  /** From the first byte of a request to the end of its head. */
  SLIPWAY_HEAD_TIMEOUT_MS: milliseconds(10_000),
  /** From the first byte of a request to the end of its body. */
  SLIPWAY_REQUEST_TIMEOUT_MS: milliseconds(60_000),
  /** After SIGTERM: time in which new connections are still taken, so that balancers notice. */
  SLIPWAY_DRAIN_QUIET_MS: milliseconds(1_000),
  /** After that: time for requests in flight; with the quiet time below what a supervisor waits before it kills (25 s). */
  SLIPWAY_DRAIN_LIMIT_MS: milliseconds(20_000),
});
export type RouterEnv = z.output<typeof routerEnv>;
