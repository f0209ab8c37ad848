import type { RouteRecord } from '#slipway/contracts';

/** Injection token of the {@link RouteBus}. */
export const ROUTE_BUS = Symbol('route bus');

export type PutOutcome =
  | { put: true }
  /** The bus has a higher version with other content: our tables are older than the routers. */
  | { put: false; version: number };

/** Carries routes to the routers at once; what it cannot carry they ask for by themselves. */
export interface RouteBus {
  /** @throws Error when the bus is away. */
  put(route: RouteRecord): Promise<PutOutcome>;
}
