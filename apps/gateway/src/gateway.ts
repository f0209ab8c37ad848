import type { ServiceDefinition } from '#slipway/platform';
import { AppModule } from './app.module.js';
import { configure } from './configure.js';
import type { GatewayEnv } from './env.js';
import { schema } from './schema.js';

/** The service as `main.ts` and its tests start it. */
export const gateway = (env: GatewayEnv): ServiceDefinition => ({
  name: 'gateway',
  env,
  schema,
  module: AppModule.of(env),
  guarded: false,
  tls: env.tls,
  configure: configure(env),
});
